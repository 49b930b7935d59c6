import { hash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactEvidence } from "../../model/audit.ts";
import { isJsonObject, parseJson } from "../../model/canonical.ts";
import { parseIntegrity, type Integrity } from "../../model/digests.ts";
import type { LockedPackage, LockfileFormat } from "../../model/lockfile.ts";
import { printable } from "../../model/printable.ts";
import type { Evidence } from "../../model/provenance.ts";
import { readBounded } from "../../platform/bounded-read.ts";
import type { Tarballs } from "../../store/tarballs.ts";

/** Where bytes of the project's packages may lie. */
export interface LocalPlaces {
  /** Of the project. */
  readonly folder: string;
  readonly format: LockfileFormat;
  readonly tarballs: Tarballs;
  /** npm's own cache. */
  readonly npmCache: string;
  /** Folders of pnpm's store in node_modules, by name. */
  readonly pnpmFolders: readonly string[];
}

export async function localPlaces(given: Omit<LocalPlaces, "pnpmFolders">): Promise<LocalPlaces> {
  const isPnpm = given.format === "pnpm";
  return { ...given, pnpmFolders: isPnpm ? await namesIn(join(given.folder, PNPM_STORE)) : [] };
}

const PNPM_STORE = "node_modules/.pnpm";

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

/** @param claimed the registry's digests; undefined, with the reason, where it could not be asked */
export async function artifactEvidence(
  locked: LockedPackage,
  claimed: readonly Integrity[] | { readonly why: string },
  places: LocalPlaces,
): Promise<ArtifactEvidence> {
  return {
    lockfile: comparedDigests(locked, claimed),
    tarball: await tarballEvidence(sha512Of(locked, claimed), places),
    installed: await installedEvidence(locked, places),
  };
}

/** What the lockfile would install, or what the registry says where the lockfile says nothing. */
function sha512Of(
  locked: LockedPackage,
  claimed: readonly Integrity[] | { readonly why: string },
): string | undefined {
  return lockedSha512(locked) ?? ("why" in claimed ? undefined : sha512In(claimed));
}

export function lockedSha512({ integrity }: LockedPackage): string | undefined {
  return sha512In(parseIntegrity(integrity ?? ""));
}

function sha512In(claims: readonly Integrity[]): string | undefined {
  return claims.find(({ algorithm }) => algorithm === "sha512")?.hex;
}

const STRONGEST_FIRST = ["sha512", "sha384", "sha256", "sha1"] as const;

function comparedDigests(
  { integrity }: LockedPackage,
  claimed: readonly Integrity[] | { readonly why: string },
): ArtifactEvidence["lockfile"] {
  if (integrity === undefined) return { state: "absent" };
  const locked = parseIntegrity(integrity);
  // npm passes over what it cannot read, and then compares nothing.
  if (locked.length === 0)
    return other("The lockfile's digest cannot be read, so it binds nothing.");
  if ("why" in claimed) return { state: "unknown", why: claimed.why };
  for (const algorithm of STRONGEST_FIRST) {
    const [ours, theirs] = [locked, claimed].map((claims) =>
      claims.filter((claim) => claim.algorithm === algorithm).map(({ hex }) => hex),
    );
    if (ours === undefined || theirs === undefined || ours.length * theirs.length === 0) continue;
    return ours.some((hex) => theirs.includes(hex))
      ? { state: "verified", value: { algorithm } }
      : other("The lockfile wants other bytes than those the registry published.");
  }
  return { state: "unknown", why: "lockfile and registry name digests of different kinds" };
}

function other(why: string): Extract<Evidence<never>, { readonly state: "failed" }> {
  return { state: "failed", step: "artifact", cause: "false", why };
}

const TARBALL_BYTES_MAX = 512 * 1024 * 1024;

async function tarballEvidence(
  sha512: string | undefined,
  { npmCache, tarballs }: LocalPlaces,
): Promise<ArtifactEvidence["tarball"]> {
  if (sha512 === undefined) return { state: "absent" };
  if ((await tarballs.get(sha512)) !== undefined)
    return { state: "verified", value: { from: "store" } };
  // `cacache`, content-v2: filed under the digest that the bytes should have.
  const [first, second, rest] = [sha512.slice(0, 2), sha512.slice(2, 4), sha512.slice(4)];
  const path = join(npmCache, "_cacache", "content-v2", "sha512", first, second, rest);
  const bytes = await readBounded(path, TARBALL_BYTES_MAX);
  if (bytes === undefined) return { state: "absent" };
  return hash("sha512", bytes, "hex") === sha512
    ? { state: "verified", value: { from: "npm-cache" } }
    : other("npm's cache holds other bytes under this digest.");
}

const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

async function installedEvidence(
  locked: LockedPackage,
  places: LocalPlaces,
): Promise<ArtifactEvidence["installed"]> {
  const { certain, folders } = installedFolders(locked, places);
  let count = 0;
  for (const folder of folders) {
    const bytes = await readBounded(
      join(places.folder, folder, "package.json"),
      MANIFEST_BYTES_MAX,
    );
    if (bytes === undefined) continue;
    const found = namedIn(bytes);
    if (found === `${locked.name}@${locked.version}`) count += 1;
    else if (certain)
      return other(`In ${printable(folder)} there is ${found ?? "something else"}.`);
  }
  return count === 0 ? { state: "absent" } : { state: "verified", value: { folders: count } };
}

interface InstalledFolders {
  /** Whether these folders hold this very version, if anything. */
  readonly certain: boolean;
  readonly folders: readonly string[];
}

function installedFolders(
  { locations, name, version }: LockedPackage,
  { format, pnpmFolders }: LocalPlaces,
): InstalledFolders {
  if (format === "npm") return { certain: true, folders: locations.filter(isInside) };
  if (format !== "pnpm") return { certain: false, folders: [`node_modules/${name}`] };
  const own = `${name.replace("/", "+")}@${version}`;
  const folders = pnpmFolders
    // What stands behind the version are the peers it was installed with.
    .filter((folder) => folder === own || folder.startsWith(`${own}_`))
    .map((folder) => `${PNPM_STORE}/${folder}/node_modules/${name}`);
  return { certain: true, folders };
}

/** A lockfile may name any place. */
function isInside(location: string): boolean {
  const isPlain = printable(location) === location && !/^\/|^[A-Za-z]:|\\/.test(location);
  return isPlain && !location.split("/").includes("..");
}

/** `name@version`; undefined for what is no package.json. */
function namedIn(bytes: Uint8Array): string | undefined {
  try {
    const json = parseJson(
      Buffer.from(bytes)
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
    );
    const { name, version } = isJsonObject(json) ? json : {};
    return typeof name === "string" && typeof version === "string"
      ? printable(`${name}@${version}`)
      : undefined;
  } catch {
    return undefined;
  }
}
