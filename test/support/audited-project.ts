import { hash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCli } from "../../src/cli/cli.ts";
import { parseJson, type Json, type JsonObject } from "../../src/model/canonical.ts";
import { capturedIo } from "./io.ts";
import {
  integrityOf,
  manifestOf,
  packed,
  type DeclaredOrigin,
  type FixtureVersion,
} from "./registry/packages.ts";
import { startRegistry, type FixtureRegistry } from "./registry/registry.ts";
import { genuineBytes, genuineText, hasGenuine } from "./sigstore/bases.ts";
import { createBox, type Attesting, type Box } from "./sigstore/box.ts";
import { github, registryKey, type GithubRun } from "./sigstore/signers.ts";
import { githubProvenance, publishStatement } from "./sigstore/statements.ts";
import { temporaryFolder } from "./store.ts";

/** Trusted beside the public-good instance, so that one project can have packages of both. */
export const BOX: Box = createBox();

interface GenuineVersion {
  readonly name: string;
  readonly version: string;
  /** Of the files in the folder of genuine data, without what the two have of their own. */
  readonly tarball: string;
  readonly attestations: string;
}

/** Its registry signature is genuine as well; the others' would be, had anybody kept them. */
export const SIGSTORE: GenuineVersion = {
  name: "sigstore",
  version: "1.0.0",
  tarball: "npm/cli__valid-sigstore-attestations.tgz",
  attestations: "npm/cli__valid-sigstore-attestations.json",
};

export const LATER_SIGSTORE: GenuineVersion = {
  name: "sigstore",
  version: "2.3.1",
  tarball: "npm/slsa-verifier__provenance-npm-test-cli-v1-prega.tgz",
  attestations: "npm/slsa-verifier__provenance-npm-test-cli-v1-prega.tgz.json",
};

export const GUNDAM: GenuineVersion = {
  name: "gundam-visor",
  version: "1.0.1",
  tarball: "npm/slsa-verifier__gundam-visor-cli-v1-tag.tgz",
  attestations: "npm/slsa-verifier__gundam-visor-cli-v1-tag.tgz.json",
};

const PUBLISHED_AT_MS: Readonly<Record<string, number>> = {
  "sigstore@1.0.0": Date.parse("2023-02-09T17:42:43Z"),
  "sigstore@2.3.1": Date.parse("2024-05-16T17:12:08Z"),
  "gundam-visor@1.0.1": Date.parse("2024-06-03T22:18:02Z"),
};

export function integrityOfGenuine({ tarball }: GenuineVersion): string {
  return integrityOf(genuineBytes(tarball));
}

/** As the registry published it; the key of a box stands in for the registry's own. */
export function genuineVersion(genuine: GenuineVersion): FixtureVersion {
  const { name, version } = genuine;
  const tarball = genuineBytes(genuine.tarball);
  const released = { name, version, integrity: integrityOf(tarball) };
  return {
    tarball,
    publishedAtMs: PUBLISHED_AT_MS[`${name}@${version}`] ?? null,
    origin: () => attesting(genuineAttestations(genuine)),
    dist: {
      signatures: [genuineSignature(released) ?? BOX.signRelease(released)],
      attestations: {
        url: `https://registry.invalid/-/npm/v1/attestations/${name}@${version}`,
        provenance: { predicateType: "https://slsa.dev/provenance/v1" },
      },
    },
  };
}

/** What is answered when its attestations are asked for. */
export function attesting(document: Json): DeclaredOrigin {
  return { attestations: JSON.stringify(document) };
}

export function genuineAttestations({ attestations }: GenuineVersion): JsonObject {
  return parseJson(genuineText(attestations)) as JsonObject;
}

interface SignedRelease {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly signatures: readonly JsonObject[];
}

export function genuineSigned(name: string): SignedRelease {
  const all = JSON.parse(genuineText("npm/dist-signatures.json")) as readonly SignedRelease[];
  const found = all.find((signed) => signed.name === name);
  if (found === undefined) throw new Error(`no genuine signature of ${name}`);
  return found;
}

function genuineSignature(released: Omit<SignedRelease, "signatures">): JsonObject | undefined {
  return released.name === "sigstore" && released.version === "1.0.0"
    ? genuineSigned("sigstore").signatures[0]
    : undefined;
}

/** A version that a box signs and attests. */
export interface BoxVersion extends FixtureVersion {
  readonly tarball: Uint8Array;
  readonly integrity: string;
}

export interface BoxAttesting {
  readonly isAttested?: boolean;
  readonly run?: Partial<GithubRun>;
  /** That the statements name, where it is not the tarball's. */
  readonly sha512?: string;
}

export function boxVersion(
  name: string,
  version: string,
  { isAttested = true, run = {}, sha512 }: BoxAttesting = {},
): BoxVersion {
  const tarball = packed(manifestOf(name, version, {}));
  const integrity = integrityOf(tarball);
  const released = { name, version, sha512: sha512 ?? hash("sha512", tarball, "hex") };
  const provenance = { statement: githubProvenance(released, run), signer: github(run) };
  const publish = { statement: publishStatement(released), signer: registryKey() };
  const signatures = [BOX.signRelease({ name, version, integrity })];
  return {
    tarball,
    integrity,
    origin: () =>
      isAttested
        ? { signatures, ...attesting({ attestations: [publish, provenance].map(labelled) }) }
        : { signatures },
  };
}

function labelled(attested: Attesting & { readonly statement: JsonObject }): Json {
  const { predicateType = null } = attested.statement;
  return { predicateType, bundle: BOX.attest(attested) };
}

/** A lockfile's entry, as npm writes it. */
export function lockedEntry(version: string, integrity: string | undefined): JsonObject {
  return { version, ...(integrity === undefined ? {} : { integrity }) };
}

export interface AuditRun {
  readonly code: number;
  readonly printed: string;
  readonly said: string;
}

export interface AuditedProject {
  readonly folder: string;
  readonly home: string;
  readonly registry: FixtureRegistry;
  write(path: string, content: string | Uint8Array | Json): void;
  /** `veln provenance audit` in the project, in this process. */
  audit(...args: readonly string[]): Promise<AuditRun>;
  auditOnTerminal(...args: readonly string[]): Promise<AuditRun>;
  /** Any command of Veln's, in the same way. */
  veln(...args: readonly string[]): Promise<AuditRun>;
}

/** An installed project of sigstore and gundam-visor, whose registry is on loopback. */
export async function auditedProject(
  versions: Readonly<Record<string, Readonly<Record<string, FixtureVersion>>>>,
  locked: JsonObject,
): Promise<AuditedProject> {
  const registry = await startRegistry({
    packages: Object.entries(versions).map(([name, declared]) => ({ name, versions: declared })),
  });
  const [folder, home] = [temporaryFolder(), temporaryFolder()];
  const write: AuditedProject["write"] = (path, content) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const isRaw = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(file, isRaw ? content : JSON.stringify(content));
  };
  write("package.json", { name: "project", version: "1.0.0" });
  write("package-lock.json", { lockfileVersion: 3, packages: { "": {}, ...locked } });
  write(".npmrc", `registry=${registry.url}\n`);
  write("root.json", trustedRoots());
  write("keys.json", trustedKeys());
  write("veln.toml", policyFor(registry.url));
  return {
    folder,
    home,
    registry,
    write,
    audit: (...args) => run(["provenance", "audit", ...args], false),
    auditOnTerminal: (...args) => run(["provenance", "audit", ...args], true),
    veln: (...args) => run(args, false),
  };

  async function run(args: readonly string[], isTTY: boolean): Promise<AuditRun> {
    const io = capturedIo({ env: { HOME: home, NO_COLOR: "1" }, cwd: folder, isTTY });
    const code = await runCli(args, io);
    return { code, printed: io.printed(), said: io.said() };
  }
}

export function policyFor(registryUrl: string, more = ""): string {
  return `[[provenance.registries]]\nregistry = "${registryUrl}"\ntrust_root = "root.json"\nkeys = "keys.json"\n${more}`;
}

/** npm's cache holds a tarball under its digest. */
export function npmCachePathOf(bytes: Uint8Array): string {
  const sha512 = hash("sha512", bytes, "hex");
  const shards = [sha512.slice(0, 2), sha512.slice(2, 4), sha512.slice(4)];
  return join(".npm", "_cacache", "content-v2", "sha512", ...shards);
}

function trustedRoots(): string {
  if (!hasGenuine) return BOX.trustRoot;
  const lists = ["tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"];
  return merged(genuineText("trusted_root.production.json"), BOX.trustRoot, lists);
}

function trustedKeys(): string {
  return hasGenuine
    ? merged(genuineText("npm-keys.json"), BOX.keysTarget, ["keys"])
    : BOX.keysTarget;
}

function merged(one: string, other: string, lists: readonly string[]): string {
  const [first, second] = [one, other].map((text) => parseJson(text) as JsonObject);
  const joined = lists.map((name) => [
    name,
    [first, second].flatMap((json) => (json?.[name] ?? []) as readonly Json[]),
  ]);
  return JSON.stringify({ ...first, ...Object.fromEntries(joined) });
}
