import { createHash } from "node:crypto";
import { statSync, type Stats } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readArchive } from "../acquire/archive/read-archive.ts";
import { treeHash } from "../model/tree-hash.ts";
import { readFolder } from "../acquire/folder.ts";
import type { Registry, Tarball } from "../acquire/registry.ts";
import { resolveRequest } from "../acquire/request-spec.ts";
import {
  checkLocal,
  checkRelease,
  manifestOf,
  type Checked,
  type LocalArtifact,
} from "../check.ts";
import { compareDigests, type Digests } from "../model/digests.ts";
import { Failure, messageOf } from "../model/failure.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { Manifest } from "../model/manifest.ts";
import { label, npmRef, parseRequest, type PackageRef } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { Release } from "../model/release.ts";
import type { GlobalOptions } from "./command.ts";
import type { Io } from "./io.ts";
import type { Session } from "./session.ts";

export interface SubjectContext {
  readonly previous: string | undefined;
  readonly session: Session;
  readonly globals: GlobalOptions;
  readonly io: Io;
}

/** Larger files are no package anybody installs; the registry client has the same limit. */
const TARBALL_BYTES_MAX = 512 * 1024 * 1024;

/** A registry spec, a .tgz file or a folder: whatever it is, examined and judged. */
export async function checkSubject(subject: string, context: SubjectContext): Promise<Checked> {
  const { session, globals, io } = context;
  const place = placeOf(subject, io.cwd);
  if (place === undefined) {
    if (context.previous !== undefined) {
      throw new Failure(
        "usage",
        "--previous goes with a tarball or folder; the registry knows the predecessors of its own versions.",
      );
    }
    return checkSpec(subject, session);
  }
  const previous =
    context.previous === undefined ? undefined : await readPrevious(context.previous, context);
  const artifact = { ...(await readLocal(place)), previous };
  return checkLocal(artifact, {
    ...session.check,
    registry: globals.offline ? undefined : session.registry,
  });
}

export interface SubjectFiles {
  readonly files: FileTree;
  readonly manifest: Manifest;
  readonly digests: Digests;
  readonly sizeBytes: number;
}

/** The files of a registry spec, a .tgz file or a folder, without a question to anybody about them. */
export async function filesOfSubject(
  subject: string,
  { registry, cwd }: { readonly registry: Registry; readonly cwd: string },
): Promise<SubjectFiles> {
  const place = placeOf(subject, cwd);
  const { bytes, digests, files } =
    place === undefined ? await fetched(subject, registry) : await readLocal(place);
  const tree = files ?? (await readArchive(bytes));
  return { files: tree, manifest: manifestIn(tree, subject), digests, sizeBytes: bytes.length };
}

async function fetched(
  subject: string,
  registry: Registry,
): Promise<Omit<LocalArtifact, "previous">> {
  const ref = await resolveSpec(subject, registry);
  const { tarball } = await tarballOf(ref, registry);
  return { ...tarball, files: undefined };
}

async function checkSpec(subject: string, session: Session): Promise<Checked> {
  const ref = await resolveSpec(subject, session.registry);
  const checked = await checkRelease(ref, session.check);
  if (checked !== undefined) return checked;
  throw new Failure("not-found", `${label(ref)} is not in the registry.`);
}

/** The version that a spec means today. @throws Failure "not-found", "usage" */
export async function resolveSpec(subject: string, registry: Registry): Promise<PackageRef> {
  const request = parseRequest(subject);
  if (request === undefined) {
    throw new Failure(
      "usage",
      `"${printable(subject, 100)}" is neither a package of the registry nor a file or folder that exists.`,
    );
  }
  const packument = await registry.packument(request.name);
  const version = packument === undefined ? undefined : resolveRequest(request, packument);
  if (version !== undefined) return npmRef(request.name, version);
  const missing = packument === undefined ? request.name : `${request.name}@${request.selector}`;
  throw new Failure("not-found", `${printable(missing, 100)} is not in the registry.`);
}

interface Place {
  readonly path: string;
  readonly kind: "file" | "folder";
}

/** A bare word that is both a package and a folder means the package, as it does to npm. */
function placeOf(subject: string, cwd: string): Place | undefined {
  const looksLocal = /^(\.{0,2}\/|~\/|\.\.?$)|\.(tgz|tar\.gz)$/.test(subject);
  if (!looksLocal) return undefined;
  const path = resolve(cwd, subject);
  const stats = statsOf(path);
  if (stats?.isDirectory() === true) return { path, kind: "folder" };
  if (stats?.isFile() === true && stats.size <= TARBALL_BYTES_MAX) return { path, kind: "file" };
  const why =
    stats === undefined
      ? "does not exist or cannot be read"
      : "is no tarball of a size that anybody installs";
  throw new Failure("usage", `${printable(subject, 200)} ${why}.`, { path });
}

/** A path too long, a loop of links, a folder that is not ours to look into: nothing to read there. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

async function readLocal(place: Place): Promise<Omit<LocalArtifact, "previous">> {
  if (place.kind === "file") {
    const bytes = await readFile(place.path).catch((error: unknown) => {
      const why = printable(messageOf(error), 200);
      throw new Failure(
        "usage",
        `${place.path} cannot be read: ${why}.`,
        { path: place.path },
        error,
      );
    });
    return { bytes, digests: digestsOf(bytes), files: undefined };
  }
  const { tree } = await readFolder(place.path);
  if (!tree.has("package.json")) {
    throw new Failure("usage", `${place.path} holds no package.json.`, {
      path: join(place.path, "package.json"),
    });
  }
  // A folder has no bytes to take a digest of; its contents stand in for them.
  const listing = Buffer.from(treeHash(tree));
  return { bytes: listing, digests: digestsOf(listing), files: tree };
}

function digestsOf(bytes: Uint8Array): Digests {
  const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");
  return { sha512: digest("sha512"), sha256: digest("sha256"), sha1: digest("sha1") };
}

async function readPrevious(
  given: string,
  context: SubjectContext,
): Promise<NonNullable<LocalArtifact["previous"]>> {
  const place = placeOf(given, context.io.cwd);
  return place === undefined
    ? previousFromRegistry(given, context.session.registry)
    : previousFromDisk(await readLocal(place));
}

async function previousFromRegistry(
  given: string,
  registry: Registry,
): Promise<NonNullable<LocalArtifact["previous"]>> {
  const ref = await resolveSpec(given, registry);
  const { release, tarball } = await tarballOf(ref, registry);
  return { release, files: await readArchive(tarball.bytes) };
}

/** @throws Failure "not-found"; "bad-metadata" for bytes that are not those the registry names */
async function tarballOf(
  ref: PackageRef,
  registry: Registry,
): Promise<{ readonly release: Release; readonly tarball: Tarball }> {
  const release = (await registry.packument(ref.name))?.release(ref.version);
  const tarball = release === undefined ? undefined : await registry.tarball(release);
  if (release === undefined || tarball === undefined) {
    throw new Failure("not-found", `${label(ref)} is not in the registry.`);
  }
  if (compareDigests(tarball.digests, release.integrity) === "different") {
    throw new Failure("bad-metadata", `The bytes of ${label(ref)} are not what the registry says.`);
  }
  return { release, tarball };
}

async function previousFromDisk(
  local: Omit<LocalArtifact, "previous">,
): Promise<NonNullable<LocalArtifact["previous"]>> {
  const files = local.files ?? (await readArchive(local.bytes));
  const manifest = manifestIn(files, "The package given with --previous");
  if (manifest.name === undefined || manifest.version === undefined) {
    throw new Failure("usage", "The package given with --previous has no name and version.");
  }
  const release: Release = {
    ref: npmRef(manifest.name, manifest.version),
    manifest,
    tarballUrl: "",
    integrity: [],
    integrityText: undefined,
    signatures: [],
    claimsAttestations: false,
    claimsProvenance: false,
    trustedPublisher: undefined,
    publishedAtMs: undefined,
    publisher: undefined,
    maintainers: undefined,
    deprecated: false,
  };
  return { release, files };
}

function manifestIn(files: FileTree, what: string): Manifest {
  const entry = files.get("package.json");
  const manifest = entry === undefined ? undefined : manifestOf(files.text(entry));
  if (manifest !== undefined) return manifest;
  throw new Failure("usage", `${printable(what, 200)} has no package.json that can be read.`);
}
