import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "../../../src/model/canonical.ts";
import { parseTrustRoot } from "../../../src/provenance/trust-root.ts";
import type { SignedArtifact, Trust, TrustedKey } from "../../../src/provenance/verify-bundle.ts";
import { createBox, type Box, type Signing } from "./box.ts";
import { ed25519Keys } from "./keys.ts";
import { email, github, gitlab, registryKey } from "./signers.ts";
import {
  githubProvenance,
  gitlabProvenance,
  publishStatement,
  RELEASED,
  type Released,
} from "./statements.ts";

/** Genuine bundles of public projects; they lie beside the project and are no part of it. */
export const GENUINE = fileURLToPath(new URL("../../../../shared/sigstore/", import.meta.url));

/** Tests that need the genuine ones are skipped under their name where this is false. */
export const hasGenuine = existsSync(`${GENUINE}npm-keys.json`);

export function genuineText(path: string): string {
  return readFileSync(`${GENUINE}${path}`, "utf8");
}

export function genuineBytes(path: string): Buffer {
  return readFileSync(`${GENUINE}${path}`);
}

function genuineJson(path: string): JsonObject {
  return JSON.parse(genuineText(path)) as JsonObject;
}

/** A bundle that verifies, and with what. */
export interface Base {
  readonly name: string;
  readonly bundle: JsonObject;
  /** Another one that verifies under the same trust. */
  readonly donor: JsonObject;
  readonly trust: Trust;
  readonly rootText: string;
  readonly keys: readonly TrustedKey[];
  readonly artifact: SignedArtifact | undefined;
}

const npm = (name: string): string => `npm/slsa-verifier__${name}.tgz.json`;
const VISOR = npm("gundam-visor-cli-v1-tag");
const EARLY = npm("provenance-npm-test-cli-v1-prega");
const SUPREME = npm("supreme-googles-cli-v02-tag");
const CLI = "npm/cli__valid-sigstore-attestations.json";

/** Nine kinds: npm's of three years, and the conformance suite's of both generations of logs. */
export function genuineBases(): readonly Base[] {
  const root = "trusted_root.production.json";
  const provenance = (path: string): JsonObject => attestationIn(path, "slsa.dev/provenance");
  const publish = (path: string): JsonObject => attestationIn(path, "publish");
  const npmBase = (name: string, bundle: JsonObject, donor: JsonObject): Base =>
    baseOf(name, bundle, donor, root);
  const suiteBase = (name: string, folder: string, donor: string): Base => {
    const own = `conformance/${folder}/trusted_root.json`;
    const file = `conformance/${folder}/artifact`;
    const bundle = suiteBundle(folder);
    const bytes = readFileSync(
      existsSync(`${GENUINE}${file}`) ? `${GENUINE}${file}` : `${GENUINE}conformance/a.txt`,
    );
    return {
      ...baseOf(name, bundle, suiteBundle(donor), existsSync(`${GENUINE}${own}`) ? own : root),
      artifact: bundle["messageSignature"] === undefined ? undefined : { kind: "bytes", bytes },
    };
  };
  return [
    npmBase("npm provenance 0.2", provenance(VISOR), provenance(EARLY)),
    npmBase("npm provenance 0.2, another", provenance(EARLY), provenance(VISOR)),
    npmBase("npm publish 0.2", publish(VISOR), publish(EARLY)),
    npmBase("npm provenance 0.1", provenance(SUPREME), provenance(CLI)),
    npmBase("npm publish 0.1", publish(SUPREME), publish(CLI)),
    suiteBase("dsse 0.3", "happy-path-intoto-in-dsse-v3", "happy-path-v0.3"),
    suiteBase("message 0.3", "happy-path-v0.3", "happy-path-v0.2"),
    suiteBase("dsse, Rekor v2", "rekor2-dsse-happy-path", "rekor2-checkpoint-cosigned"),
    suiteBase("message, Rekor v2", "rekor2-happy-path", "rekor2-timestamp-with-embedded-cert"),
  ];
}

function suiteBundle(folder: string): JsonObject {
  return genuineJson(`conformance/${folder}/bundle.sigstore.json`);
}

export function attestationIn(path: string, predicateType: string): JsonObject {
  const { attestations } = genuineJson(path) as unknown as {
    readonly attestations: readonly {
      readonly predicateType: string;
      readonly bundle: JsonObject;
    }[];
  };
  const found = attestations.find((item) => item.predicateType.includes(predicateType));
  if (found === undefined) throw new Error(`no ${predicateType} in ${path}`);
  return found.bundle;
}

function baseOf(name: string, bundle: JsonObject, donor: JsonObject, root: string): Base {
  const rootText = genuineText(root);
  const keys = genuineKeys();
  return { ...trusting(rootText, keys), name, bundle, donor, artifact: undefined };
}

function trusting(
  rootText: string,
  keys: readonly TrustedKey[],
): Pick<Base, "trust" | "rootText" | "keys"> {
  const keyFor = (hint: string): TrustedKey | undefined => keys.find(({ keyId }) => keyId === hint);
  return { trust: { root: parseTrustRoot(rootText), keyFor }, rootText, keys };
}

interface KeysTarget {
  readonly keys: readonly {
    readonly keyId: string;
    readonly keyUsage: string;
    readonly publicKey: {
      readonly rawBytes: string;
      readonly validFor: { readonly start: string; readonly end?: string };
    };
  }[];
}

/** npm's keys for attestations. */
export function genuineKeys(): readonly TrustedKey[] {
  const { keys } = genuineJson("npm-keys.json") as unknown as KeysTarget;
  return keys
    .filter(({ keyUsage }) => keyUsage === "npm:attestations")
    .map(({ keyId, publicKey: { rawBytes, validFor } }) => ({
      keyId,
      key: createPublicKey({ key: Buffer.from(rawBytes, "base64"), format: "der", type: "spki" }),
      fromMs: Date.parse(validFor.start),
      untilMs: validFor.end === undefined ? Number.POSITIVE_INFINITY : Date.parse(validFor.end),
    }));
}

/** Kinds that the genuine data has not: several witnesses of time, people, GitLab, keys in new logs. */
export function boxBases(box: Box = createBox()): readonly Base[] {
  const signer = github();
  const chain = { signer, chain: "whole" } as const;
  const person = email("someone@example.invalid");
  const base = (name: string, make: (released: Released) => JsonObject): Base => ({
    ...trusting(box.trustRoot, Object.values(box.registryKeys)),
    name: `box: ${name}`,
    bundle: make(RELEASED),
    donor: make({ ...RELEASED, version: "9.9.9" }),
    artifact: undefined,
  });
  const built = (name: string, signing: Signing): Base =>
    base(name, (released) => box.attest({ statement: githubProvenance(released), ...signing }));
  const published = (name: string, signing: Omit<Signing, "signer">): Base =>
    base(name, (released) =>
      box.attest({ statement: publishStatement(released), signer: registryKey(), ...signing }),
    );
  const witness = { name: "witness.invalid", keyHint: Buffer.from("wtns"), keys: ed25519Keys() };
  const fileOf = ({ version }: Released): Buffer => Buffer.from(`a file of ${version}`);
  return [
    built("promise, proof and two timestamps", { signer, timestamps: 2 }),
    base("GitLab, Rekor v2", (released) =>
      box.attest({ statement: gitlabProvenance(released), signer: gitlab(), log: "v2" }),
    ),
    built("certificate not in the timestamp", { signer, log: "v2", embedded: false }),
    built("a log with a witness", { signer, cosigners: [witness] }),
    built("0.1, whole chain", { ...chain, bundle: "0.1" }),
    built("0.2, intoto of 2023", { signer, bundle: "0.2", signedAtMs: Date.parse("2023-09-01") }),
    built("0.2, dsse, a person", { signer: person, bundle: "0.2", entry: "dsse 0.0.1" }),
    published("key 0.3", {}),
    published("key, Rekor v2", { log: "v2" }),
    {
      ...base("message 0.2", (released) =>
        box.signFile(fileOf(released), { signer, bundle: "0.2" }),
      ),
      artifact: { kind: "bytes", bytes: fileOf(RELEASED) },
    },
  ];
}
