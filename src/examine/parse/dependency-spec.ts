import type { Manifest } from "../../model/manifest.ts";

/** Where a dependency's specifier sends the package manager. */
export type DependencySource =
  | { readonly kind: "registry" }
  /** `npm:other@1`: another name on the registry. */
  | { readonly kind: "alias"; readonly name: string }
  | { readonly kind: "git"; readonly encrypted: boolean }
  | { readonly kind: "url"; readonly encrypted: boolean }
  | { readonly kind: "file"; readonly path: string }
  /** Means something in its author's workspace only; whoever installs it gets an error. */
  | { readonly kind: "unpublished"; readonly protocol: string };

export interface Dependency {
  readonly field: "dependencies" | "optionalDependencies";
  readonly name: string;
  readonly spec: string;
}

/** What an install of the package brings along: development and peer dependencies are not in it. */
export function dependenciesOf(manifest: Manifest): readonly Dependency[] {
  const optional = [...manifest.optionalDependencies].map(([name, spec]): Dependency => ({
    field: "optionalDependencies",
    name,
    spec,
  }));
  const required = [...manifest.dependencies]
    // npm lists optional ones in both places when it publishes.
    .filter(([name]) => !manifest.optionalDependencies.has(name))
    .map(([name, spec]): Dependency => ({ field: "dependencies", name, spec }));
  return [...required, ...optional];
}

/** Those that the previous version did not bring along, under this name or as this alias. */
export function newDependenciesOf(manifest: Manifest, previous: Manifest): readonly Dependency[] {
  const before = new Map(dependenciesOf(previous).map((each) => [each.name, each]));
  return dependenciesOf(manifest).filter((dependency) => {
    const earlier = before.get(dependency.name);
    return earlier === undefined || registryNameOf(earlier) !== registryNameOf(dependency);
  });
}

const UNPUBLISHED = new Set(["workspace", "catalog", "link", "portal", "patch", "jsr"]);

/** The forms that npm's own specifier parser knows, and the protocols of pnpm and yarn. */
export function sourceOf(spec: string): DependencySource {
  const text = spec.trim();
  const protocol = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (protocol === "npm") return { kind: "alias", name: aliasedName(text.slice(4)) };
  if (protocol === "file") return { kind: "file", path: text.slice(5) };
  if (protocol !== undefined && UNPUBLISHED.has(protocol)) return { kind: "unpublished", protocol };
  if (protocol === "http" || protocol === "https") {
    const encrypted = protocol === "https";
    return /\.git(?:#|$)/.test(text) ? { kind: "git", encrypted } : { kind: "url", encrypted };
  }
  if (protocol !== undefined && GIT_PROTOCOLS.has(protocol)) {
    return { kind: "git", encrypted: protocol !== "git" && protocol !== "git+http" };
  }
  if (/^(?:\.{1,2}(?:[/\\]|$)|~?\/|[a-z]:[/\\])/i.test(text)) return { kind: "file", path: text };
  if (protocol !== undefined) return { kind: "unpublished", protocol };
  if (/^[^@\s/]+@[^:\s/]+:/.test(text)) return { kind: "git", encrypted: true };
  return /^[^@\s/]+\/[^\s/]/.test(text) ? { kind: "git", encrypted: true } : { kind: "registry" };
}

const GIT_PROTOCOLS = new Set([
  "git",
  "git+ssh",
  "git+https",
  "git+http",
  "git+file",
  "ssh",
  "github",
  "gitlab",
  "bitbucket",
  "gist",
]);

function aliasedName(target: string): string {
  const at = target.indexOf("@", 1);
  return at === -1 ? target : target.slice(0, at);
}

/** The name under which the registry is asked: the target of an alias, or the name itself. */
export function registryNameOf({ name, spec }: Dependency): string | undefined {
  const source = sourceOf(spec);
  if (source.kind === "alias") return source.name;
  return source.kind === "registry" ? name : undefined;
}
