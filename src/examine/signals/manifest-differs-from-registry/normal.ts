import * as posix from "node:path/posix";
import semver from "semver";
import { isJsonObject } from "../../../model/canonical.ts";
import type { Manifest } from "../../../model/manifest.ts";
import { sourceOf } from "../../parse/dependency-spec.ts";

/*
 * What registries and publishing clients change in their copy of a manifest without any intent to
 * hide. Both copies are brought into this form before they are compared.
 */

/** White space is trimmed; early registries lowered the case. */
export function normalName(name: string | undefined): string | undefined {
  return name?.trim().toLowerCase();
}

/** A leading "v" or "=" is dropped, and so is build metadata. */
export function normalVersion(version: string | undefined): string | undefined {
  if (version === undefined) return undefined;
  return semver.clean(version, { loose: true }) ?? version.trim();
}

/** Whether this copy holds the member "scripts" at all; full documents are known by their `_id`. */
export function holdsScripts(copy: Manifest): boolean {
  return isJsonObject(copy.raw["scripts"]) || copy.raw["_id"] !== undefined;
}

/** White space around commands is trimmed; empty commands run nothing. */
export function normalScripts(manifest: Manifest): ReadonlyMap<string, string> {
  const scripts = [...manifest.scripts].map(([name, command]): [string, string] => [
    name.trim(),
    command.trim(),
  ]);
  return new Map(scripts.filter(([, command]) => command !== ""));
}

/** Optional ones are merged into `dependencies`, or are left in one of the two places only. */
export function normalDependencies(manifest: Manifest): ReadonlyMap<string, string> {
  const all = [...manifest.dependencies, ...manifest.optionalDependencies];
  return new Map([...namesInArray(manifest), ...all].map(([name, spec]) => [name.trim(), spec]));
}

/** Very old packages list names in an array; registries make an object of it. */
function namesInArray(manifest: Manifest): readonly (readonly [string, string])[] {
  const list = manifest.raw["dependencies"];
  if (!Array.isArray(list)) return [];
  return list.flatMap((item) => (typeof item === "string" ? [[item.split("@")[0] ?? "", ""]] : []));
}

/** Ranges by meaning; git addresses by host and path, because clients rewrite their protocols. */
export function normalSpec(spec: string): string {
  const text = spec.trim();
  const source = sourceOf(text);
  if (source.kind === "git" || source.kind === "url") return normalAddress(text);
  if (text === "" || text === "latest") return "*";
  return semver.validRange(text, { loose: true }) ?? text;
}

const HOSTS: Readonly<Record<string, string>> = {
  github: "github.com",
  gitlab: "gitlab.com",
  bitbucket: "bitbucket.org",
};

function normalAddress(text: string): string {
  const shorthand = /^(?:(github|gitlab|bitbucket):)?([^:@\s/]+\/[^\s]+)$/.exec(text);
  const address =
    shorthand === null
      ? text
          .replace(/^(?:[a-z+]+:)?(?:\/\/)?(?:[^@/\s]+@)?/i, "")
          .replace(/^([^/:]+):(?!\d)/, "$1/")
      : `${HOSTS[shorthand[1] ?? "github"] ?? "github.com"}/${shorthand[2] ?? ""}`;
  return address.replace(/\.git(?=#|$)/, "").toLowerCase();
}

/** Whether a specifier leads away from the registry, to bytes that no registry vouches for. */
export function sentOutside(spec: string): boolean {
  return ["git", "url", "alias"].includes(sourceOf(spec).kind);
}

/**
 * Command → file as npm links them: the last part of the command's name, a path without "./" and
 * ".."; entries that have neither are dropped. `directories.bin` is left to the registry's copy.
 */
export function commandsOf(manifest: Manifest): ReadonlyMap<string, string> {
  const commands = [...manifest.bin].map(([name, target]): [string, string] => [
    posix.basename(posix.join("/", name.replace(/[\\:]/g, "/"))),
    posix.join("/", target.replaceAll("\\", "/").trim()).slice(1),
  ]);
  return new Map(commands.filter(([name, target]) => name !== "" && target !== ""));
}
