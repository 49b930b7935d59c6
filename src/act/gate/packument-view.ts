import { isJsonObject, type Json, type JsonObject } from "../../model/canonical.ts";
import { settledBelow } from "../../model/cooling.ts";
import { isExactVersion } from "../../model/package-ref.ts";
import type { Packument } from "../../acquire/packument.ts";

export interface ViewOptions {
  /** Versions that are still cooling → when they settle. */
  readonly young: ReadonlyMap<string, number>;
  /**
   * Young versions that are left out altogether. The others stay visible as deprecated, so that
   * whoever asks for one exactly gets a HOLD with the reason.
   */
  readonly omitted: ReadonlySet<string>;
  /** The form npm calls `application/vnd.npm.install-v1+json`: what a resolver needs, no more. */
  readonly abbreviated: boolean;
  /** Undefined leaves the address out. */
  readonly tarballUrl: (version: string, original: string) => string | undefined;
}

/**
 * The document a client gets instead of the registry's. Built from parsed JSON, never by editing
 * text: a publisher writes most of this document, and one tarball address that survives under an
 * escaped key would be a way past the gate.
 */
export function viewPackument(packument: Packument, options: ViewOptions): JsonObject {
  const versions: [string, Json][] = [];
  for (const [version, manifest] of Object.entries(objectOr(packument.raw["versions"]))) {
    const shown = viewVersion(version, manifest, options);
    if (shown !== undefined) versions.push([version, shown]);
  }
  const document = {
    "dist-tags": viewDistTags(packument, options),
    versions: Object.fromEntries(versions),
  };
  return options.abbreviated
    ? { name: packument.name, ...modifiedOf(packument), ...document }
    : { ...packument.raw, ...document };
}

/** One version's manifest with its tarball behind the gate; undefined when it must not be shown. */
export function viewVersion(
  version: string,
  manifest: Json,
  options: ViewOptions,
): JsonObject | undefined {
  const dist = isJsonObject(manifest) ? manifest["dist"] : undefined;
  if (!isJsonObject(manifest) || !isJsonObject(dist)) return undefined;
  const { tarball: original, ...rest } = dist;
  if (typeof original !== "string" || !isExactVersion(version)) return undefined;
  const settledAtMs = options.young.get(version);
  if (options.omitted.has(version)) return undefined;
  const address = options.tarballUrl(version, original);
  return {
    ...(options.abbreviated ? abbreviate(manifest) : manifest),
    ...(settledAtMs === undefined ? {} : { deprecated: coolingNotice(settledAtMs) }),
    dist: address === undefined ? rest : { ...rest, tarball: address },
  };
}

function coolingNotice(settledAtMs: number): string {
  return `Held by Veln: this version is still cooling and settles at ${new Date(settledAtMs).toISOString()}.`;
}

function viewDistTags(packument: Packument, options: ViewOptions): JsonObject {
  const tags = [...packument.distTags].map(([tag, version]): [string, string] => {
    if (!options.young.has(version)) return [tag, version];
    return [tag, settledBelow(version, packument.history(), options.young) ?? version];
  });
  return Object.fromEntries(tags);
}

/** The fields of npm's abbreviated metadata format (registry docs, "package metadata"). */
const ABBREVIATED_FIELDS = [
  "name",
  "version",
  "deprecated",
  "dependencies",
  "optionalDependencies",
  "devDependencies",
  "bundleDependencies",
  "bundledDependencies",
  "peerDependencies",
  "peerDependenciesMeta",
  "acceptDependencies",
  "bin",
  "directories",
  "engines",
  "funding",
  "cpu",
  "os",
  "libc",
  "_hasShrinkwrap",
  "hasInstallScript",
] as const;

function abbreviate(manifest: JsonObject): JsonObject {
  const kept: Record<string, Json> = {};
  for (const field of ABBREVIATED_FIELDS) {
    const value = manifest[field];
    if (value !== undefined && Object.hasOwn(manifest, field)) kept[field] = value;
  }
  if (kept["hasInstallScript"] === undefined && runsAtInstall(manifest)) {
    kept["hasInstallScript"] = true;
  }
  return kept;
}

function runsAtInstall(manifest: JsonObject): boolean {
  const scripts = objectOr(manifest["scripts"]);
  return ["preinstall", "install", "postinstall"].some((hook) => Object.hasOwn(scripts, hook));
}

function modifiedOf(packument: Packument): JsonObject {
  const modifiedAtMs = packument.modifiedAtMs;
  return modifiedAtMs === undefined ? {} : { modified: new Date(modifiedAtMs).toISOString() };
}

function objectOr(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
