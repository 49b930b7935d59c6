import { hash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import type { Json, JsonObject } from "../../../src/model/canonical.ts";
import { gzip, packedFile, tar } from "../tarball.ts";

/** A package as a test declares it. What is left out is as an honest publisher would have it. */
export interface FixturePackage {
  readonly name: string;
  readonly versions: Readonly<Record<string, FixtureVersion>>;
  /** `latest` leads to the last version declared unless it is said here. */
  readonly distTags?: Readonly<Record<string, string>>;
  /** The document's own date; the youngest version's when left out. */
  readonly modifiedAtMs?: number;
}

export interface FixtureVersion {
  /** Fields of package.json beside name, version, description, license and main. */
  readonly manifest?: JsonObject;
  /** Path below the package's folder → content; `index.js` is there anyway. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** The copy that the registry holds, where it differs from the manifest in the tarball. */
  readonly registryManifest?: JsonObject;
  /** A month ago when left out; the version has no date at all when null. */
  readonly publishedAtMs?: number | null;
  /** Uploaded in place of what the files pack into. */
  readonly tarball?: Uint8Array;
  /** Sent in place of what was uploaded: the registry's digests are not those of these bytes. */
  readonly tampered?: Uint8Array;
  /** Where the document says the tarball is. */
  readonly tarballUrl?: string;
  /** The registry's own signatures, and what it attests; it says nothing of either when left out. */
  readonly origin?: (integrity: string, sha512: string) => DeclaredOrigin;
  /** Laid over what the document says of the tarball; a member that is null is left out. */
  readonly dist?: JsonObject;
}

export interface DeclaredOrigin {
  /** `dist.signatures`. */
  readonly signatures?: readonly JsonObject[];
  /** Answer of the attestations' address, as text; the document claims that there are some. */
  readonly attestations?: string;
}

/** A version as the registry holds it. */
export interface PublishedVersion {
  readonly version: string;
  readonly manifest: JsonObject;
  readonly publishedAtMs: number | undefined;
  /** Of these the registry states the digests. */
  readonly uploaded: Uint8Array;
  readonly served: Uint8Array;
  readonly tarballUrl: string | undefined;
  readonly origin: DeclaredOrigin;
  readonly dist: JsonObject;
}

export const DAY_MS = 86_400_000;

export function published(
  name: string,
  version: string,
  declared: FixtureVersion,
): PublishedVersion {
  const manifest = manifestOf(name, version, declared);
  const uploaded = declared.tarball ?? packed(manifest, declared.files);
  const publishedAtMs =
    declared.publishedAtMs === null
      ? undefined
      : (declared.publishedAtMs ?? Date.now() - 30 * DAY_MS);
  return {
    version,
    manifest: declared.registryManifest ?? manifest,
    publishedAtMs,
    uploaded,
    served: declared.tampered ?? uploaded,
    tarballUrl: declared.tarballUrl,
    origin: declared.origin?.(integrityOf(uploaded), hash("sha512", uploaded)) ?? {},
    dist: declared.dist ?? {},
  };
}

export function manifestOf(name: string, version: string, declared: FixtureVersion): JsonObject {
  return {
    name,
    version,
    description: `The package ${name} of a test`,
    license: "MIT",
    main: "index.js",
    ...declared.manifest,
  };
}

/** Packed without compression, so that a file's content can be found in the tarball's own bytes. */
export function packed(manifest: Json, files: FixtureVersion["files"] = {}): Uint8Array {
  const all: Record<string, string | Uint8Array> = {
    "package.json": JSON.stringify(manifest, undefined, 2),
    "index.js": "module.exports = 1;\n",
    ...files,
  };
  return stored(
    tar(
      Object.entries(all).flatMap(([path, content]) =>
        packedFile({ path, content, executable: path.startsWith("bin/") }),
      ),
    ),
  );
}

/** gzip around bytes that stay as they are. */
export function stored(content: Uint8Array): Uint8Array {
  return gzip(content, { deflated: deflateRawSync(content, { level: 0 }) });
}

export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${hash("sha512", bytes, "base64")}`;
}

export function tarballPathOf(name: string, version: string): string {
  return `/${name}/-/${name.slice(name.indexOf("/") + 1)}-${version}.tgz`;
}
