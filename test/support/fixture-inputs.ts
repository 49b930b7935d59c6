import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import {
  type Answer,
  type DependencyFact,
  type Gathered,
  type Inputs,
  known,
} from "../../src/examine/signal.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../src/model/canonical.ts";
import { type Digests, parseIntegrity, toSri } from "../../src/model/digests.ts";
import { type FileTree, fileTreeOf } from "../../src/model/file-tree.ts";
import { parseManifest } from "../../src/model/manifest.ts";
import { npmRef } from "../../src/model/package-ref.ts";
import type { Release } from "../../src/model/release.ts";
import { type ProvenanceCase, provenanceFactsFrom } from "./provenance.ts";

/**
 * `case.json` of a fixture: what a package's files cannot say. Everything is optional.
 *
 * A case is a folder `guilty/<case>` or `innocent/<case>` with `case.json`, `expected.json` (the
 * whole `SignalResult`), `files/` (the package) and, when it has a predecessor, `previous/`.
 * Nothing in it is ever executed.
 */
export interface Fixture {
  /** One sentence: why this is guilty or innocent. */
  readonly about: string;
  /** `innocent` cases are clear or inapplicable; with this they may have findings of severity info. */
  readonly mayMention?: true;
  /** Files that are better written with escapes, as hexadecimal, or repeated; laid over `files/`. */
  readonly files?: Readonly<Record<string, InlineFile>>;
  readonly previousFiles?: Readonly<Record<string, InlineFile>>;
  /** Members laid over the package.json of `files/`; null takes a member away. */
  readonly manifest?: JsonObject;
  readonly release?: ReleaseCase;
  readonly previous?: ReleaseCase;
  /** Version → ISO date or null. Default: the predecessor, if there is one, and this version. */
  readonly history?: Readonly<Record<string, string | null>>;
  readonly distTags?: Readonly<Record<string, string>>;
  readonly age?: {
    readonly now?: string;
    readonly publishedAt?: string | null;
    readonly minVersionAgeHours?: number;
    readonly exemption?: string;
  };
  readonly dependencies?: Readonly<
    Record<
      string,
      | { readonly firstPublishedAt: string | null }
      | { readonly absent: true }
      | { readonly unknown: string }
    >
  >;
  /** The archive reader's refusal; such an artifact has neither files nor manifest. */
  readonly archive?: { readonly rule: string; readonly message: string; readonly path?: string };
  /** `same` stands for the artifact's own digest. */
  readonly firstSeen?: { readonly sha512: string; readonly at: string };
  /** Without it nobody asked for provenance. */
  readonly provenance?: ProvenanceCase;
  /** Inputs that could not be had: input → why. */
  readonly unknown?: Readonly<Partial<Record<keyof Gathered, string>>>;
  /** Inputs that cannot exist: input → why. */
  readonly inapplicable?: Readonly<Partial<Record<keyof Gathered, string>>>;
}

type InlineFile =
  | string
  | {
      readonly text?: string;
      readonly hex?: string;
      readonly repeat?: number;
      readonly executable?: true;
    };

interface ReleaseCase {
  /** Members laid over the manifest in the files: how the registry's copy differs. */
  readonly manifest?: JsonObject;
  readonly publishedAt?: string | null;
  readonly publisher?: string | null;
  readonly maintainers?: readonly string[] | null;
  /** Default: the digest of the artifact. */
  readonly integrity?: string;
  readonly tarballUrl?: string;
  readonly deprecated?: boolean;
}

const NOW = "2026-06-01T12:00:00Z";
const PUBLISHED = "2026-05-01T12:00:00Z";
const PREVIOUS_PUBLISHED = "2026-04-01T12:00:00Z";

/** Where the files of a case lie in its folder; `previous` need not exist. */
interface CaseFolders {
  readonly files: string;
  readonly previous: string;
}

/** @param folder of one case */
export function gatheredFrom(
  folder: string,
  fixture: Fixture,
  folders: CaseFolders = { files: "files", previous: "previous" },
): Gathered {
  const files = treeFrom(join(folder, folders.files), fixture.files);
  const raw = manifestOf(files, fixture.manifest);
  const digests = digestsOf(files);
  const ref = npmRef(textOr(raw["name"], "fixture"), textOr(raw["version"], "2.0.0"));
  const release = releaseFrom(raw, fixture.release, digests, PUBLISHED, "2.0.0");
  const hasPrevious =
    existsSync(join(folder, folders.previous)) ||
    fixture.previousFiles !== undefined ||
    fixture.previous !== undefined;
  const earlier = hasPrevious
    ? previousFrom(join(folder, folders.previous), fixture, ref.name)
    : undefined;
  const first = { state: "inapplicable", why: "this is the first version" } as const;
  const gathered: Gathered = {
    artifact: known({ ref, digests, sizeBytes: files.data.arena.length }),
    archive: known(archiveFrom(fixture)),
    manifest: fixture.archive === undefined ? known(parseManifest(raw)) : refused(fixture.archive),
    files: fixture.archive === undefined ? known(files) : refused(fixture.archive),
    release: known(release),
    history: known(historyFrom(fixture, release, earlier?.release)),
    previous: earlier === undefined ? first : known(earlier.release),
    previousFiles: earlier === undefined ? first : known(earlier.files),
    dependencies: known(dependenciesFrom(fixture)),
    age: known(ageFrom(fixture, release)),
    firstSeen:
      fixture.firstSeen === undefined
        ? { state: "inapplicable", why: "this installation sees this version for the first time" }
        : known({
            sha512: fixture.firstSeen.sha512 === "same" ? digests.sha512 : fixture.firstSeen.sha512,
            atMs: Date.parse(fixture.firstSeen.at),
          }),
    provenance:
      fixture.provenance === undefined
        ? { state: "unknown", why: "provenance was not asked for" }
        : known(provenanceFactsFrom(fixture.provenance, ref.name)),
  };
  return { ...gathered, ...missing("unknown", fixture), ...missing("inapplicable", fixture) };
}

function archiveFrom({ archive }: Fixture): Inputs["archive"] {
  return archive === undefined
    ? { state: "read" }
    : { state: "refused", ...archive, path: archive.path };
}

function refused(archive: { readonly message: string }): Answer<never> {
  return { state: "unknown", why: archive.message };
}

function missing(state: "unknown" | "inapplicable", fixture: Fixture): Partial<Gathered> {
  return Object.fromEntries(
    Object.entries(fixture[state] ?? {}).map(([input, why]) => [
      input,
      { state, why } satisfies Answer<never>,
    ]),
  );
}

function treeFrom(folder: string, inline: Fixture["files"] = {}): FileTree {
  const onDisk = existsSync(folder)
    ? globSync("**/*", { cwd: folder })
        .filter((path) => statSync(join(folder, path)).isFile())
        .map((path) => path.split(sep).join("/"))
    : [];
  const files = new Map(
    onDisk.map((path) => [path, { bytes: readFileSync(join(folder, path)), executable: false }]),
  );
  for (const [path, file] of Object.entries(inline)) files.set(path, inlineFile(file));
  return fileTreeOf(
    [...files].map(([path, { bytes, executable }]) => [path, bytes, { executable }] as const),
  );
}

function inlineFile(file: InlineFile): { bytes: Buffer<ArrayBuffer>; executable: boolean } {
  const {
    text = "",
    hex,
    repeat = 1,
    executable = false,
  } = typeof file === "string" ? { text: file } : file;
  const once = hex === undefined ? Buffer.from(text) : Buffer.from(hex, "hex");
  return { bytes: Buffer.concat(Array.from({ length: repeat }, () => once)), executable };
}

function manifestOf(files: FileTree, overlay: JsonObject | undefined): JsonObject {
  const entry = files.get("package.json");
  const own = entry === undefined ? {} : parseJson(files.text(entry));
  if (!isJsonObject(own)) throw new Error("the fixture's package.json is no object");
  return overlaid(own, overlay);
}

function overlaid(base: JsonObject, overlay: JsonObject = {}): JsonObject {
  const merged = { ...base, ...overlay };
  return Object.fromEntries(
    Object.entries(merged).filter(([key]) => !(key in overlay && overlay[key] === null)),
  );
}

function previousFrom(
  folder: string,
  fixture: Fixture,
  name: string,
): { release: Release; files: FileTree } {
  const files = treeFrom(folder, fixture.previousFiles);
  const raw = { name, version: "1.0.0", ...manifestOf(files, undefined) };
  const digests = digestsOf(files);
  return {
    files,
    release: releaseFrom(raw, fixture.previous, digests, PREVIOUS_PUBLISHED, "1.0.0"),
  };
}

function releaseFrom(
  raw: JsonObject,
  release: ReleaseCase = {},
  digests: Digests,
  publishedAt: string,
  version: string,
): Release {
  const ref = npmRef(textOr(raw["name"], "fixture"), textOr(raw["version"], version));
  return {
    ref,
    manifest: parseManifest(overlaid(raw, release.manifest)),
    tarballUrl: release.tarballUrl ?? `https://registry.invalid/${ref.name}-${ref.version}.tgz`,
    integrity: parseIntegrity(release.integrity ?? toSri(digests)),
    integrityText: release.integrity ?? toSri(digests),
    signatures: [],
    claimsAttestations: false,
    claimsProvenance: false,
    trustedPublisher: undefined,
    publishedAtMs: instant(release.publishedAt === undefined ? publishedAt : release.publishedAt),
    publisher: release.publisher === undefined ? "someone" : (release.publisher ?? undefined),
    maintainers:
      release.maintainers === undefined ? ["someone"] : (release.maintainers ?? undefined),
    deprecated: release.deprecated ?? false,
  };
}

function historyFrom(
  fixture: Fixture,
  release: Release,
  previous: Release | undefined,
): Inputs["history"] {
  const own = [previous, release].filter((each) => each !== undefined);
  const versions =
    fixture.history === undefined
      ? own.map((each) => ({ version: each.ref.version, publishedAtMs: each.publishedAtMs }))
      : Object.entries(fixture.history).map(([version, date]) => ({
          version,
          publishedAtMs: instant(date),
        }));
  const distTags = fixture.distTags ?? { latest: release.ref.version };
  return { name: release.ref.name, versions, distTags: new Map(Object.entries(distTags)) };
}

function dependenciesFrom(fixture: Fixture): Inputs["dependencies"] {
  return new Map(
    Object.entries(fixture.dependencies ?? {}).map(([name, fact]): [string, DependencyFact] => {
      if ("absent" in fact) return [name, { state: "absent" }];
      if ("unknown" in fact) return [name, { state: "unknown", why: fact.unknown }];
      return [name, { state: "exists", firstPublishedAtMs: instant(fact.firstPublishedAt) }];
    }),
  );
}

function ageFrom(fixture: Fixture, release: Release): Inputs["age"] {
  const { now = NOW, publishedAt, minVersionAgeHours = 2, exemption } = fixture.age ?? {};
  return {
    nowMs: Date.parse(now),
    publishedAtMs: publishedAt === undefined ? release.publishedAtMs : instant(publishedAt),
    minVersionAgeMs: minVersionAgeHours * 3_600_000,
    exemption,
  };
}

function digestsOf(files: FileTree): Digests {
  const digest = (algorithm: string): string =>
    createHash(algorithm).update(Buffer.from(files.data.arena)).digest("hex");
  return { sha512: digest("sha512"), sha256: digest("sha256"), sha1: digest("sha1") };
}

function instant(date: string | null | undefined): number | undefined {
  return date === null || date === undefined ? undefined : Date.parse(date);
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}
