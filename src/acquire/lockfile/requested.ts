import type { LockedSource } from "../../model/lockfile.ts";

/** What a dependency is asked for by: the right-hand side in a package.json. */
export interface Requested {
  readonly source: LockedSource;
  /** The package that an alias (`npm:name@range`) stands for. */
  readonly aliasOf: string | undefined;
}

const GIT =
  /^(?:git[+:@]|ssh:|(?:github|gitlab|bitbucket|gist):|https?:\/\/[^?#]*\.git(?:[?#]|$)|https?:\/\/codeload\.github\.com\/|[^@:/.~][^:/]*\/[^:/]+$)/;

/** npm-package-arg, as far as where the bytes come from. */
export function readRequested(spec: string): Requested {
  const alias = /^npm:(@?[^@]+)(?:@|$)/s.exec(spec)?.[1];
  if (alias !== undefined) return { source: "registry", aliasOf: alias };
  return { source: sourceOf(spec), aliasOf: undefined };
}

function sourceOf(spec: string): LockedSource {
  if (/^(?:workspace|root):/.test(spec)) return "workspace";
  if (spec.startsWith("patch:")) return "patched";
  if (/^(?:file|link|portal):|^(?:\.{1,2}|~)?\//.test(spec)) return "file";
  if (GIT.test(spec)) return "git";
  return /^https?:/.test(spec) ? "remote" : "registry";
}

/** `name@rest` and `@scope/name@rest`; undefined without a rest. */
export function splitRequest(
  text: string,
): { readonly name: string; readonly rest: string } | undefined {
  const at = text.indexOf("@", 1);
  return at === -1 ? undefined : { name: text.slice(0, at), rest: text.slice(at + 1) };
}
