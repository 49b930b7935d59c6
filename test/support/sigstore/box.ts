import { hash, randomBytes } from "node:crypto";
import type { Json, JsonObject } from "../../../src/model/canonical.ts";
import type { TrustedKey } from "../../../src/provenance/verify-bundle.ts";
import {
  authority,
  certificateLog,
  signingCertificate,
  type CertificatePromise,
  type Leaf,
} from "./authority.ts";
import { ecdsaKeys, ed25519Keys, npmKeyId, pemOf, signedBy, spkiOf, type KeyPair } from "./keys.ts";
import {
  bodyOf,
  Log,
  type EntryKind,
  type Inclusion,
  type NoteSigner,
  type Recorded,
} from "./log.ts";
import type { CertificateSigner, KeySigner } from "./signers.ts";
import { timestampAuthority, timestampOf } from "./timestamps.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** When things are signed unless something else is said; bundles of version 0.1 are older. */
export const SIGNED_AT_MS = Date.parse("2025-06-02T12:00:00Z");
const SIGNED_EARLY_AT_MS = Date.parse("2023-06-01T12:00:00Z");

const WORLD = {
  notBeforeMs: Date.parse("2022-01-01T00:00:00Z"),
  notAfterMs: Date.parse("2035-01-01T00:00:00Z"),
};
const KEY_ROTATION_MS = Date.parse("2025-01-15T00:00:00Z");
const CERTIFICATE_LIFE_MS = 600_000;

/** Wrong in a way that nobody without the right keys could make later. */
export type Flaw =
  /** The envelope or message is signed by a key that is not the signer's. */
  | "signature-by-another-key"
  /** The certificate bears its authority's name and another key's signature. */
  | "certificate-by-another-key"
  /** It comes from an authority that is in nobody's trust root. */
  | "certificate-by-another-authority"
  | "no-certificate-promise"
  | "certificate-promise-by-another-key"
  | "certificate-promise-of-another-log"
  | "promise-by-another-key"
  | "checkpoint-by-another-key"
  | "timestamp-by-another-key"
  | "timestamp-by-another-authority"
  | "timestamp-of-another-signature"
  /** The log is one that is in nobody's trust root. */
  | "another-log"
  /** The log recorded something else than the bundle holds, and vouches for that. */
  | "recorded-another-payload"
  | "recorded-another-signature"
  | "recorded-another-certificate";

export interface Signing {
  readonly signer: CertificateSigner | KeySigner;
  /** The form of the bundle; "0.3" by default. */
  readonly bundle?: "0.1" | "0.2" | "0.3";
  /** "v1" by default. */
  readonly log?: "v1" | "v2";
  /** By default what clients of that form submit to that log. */
  readonly entry?: EntryKind;
  readonly signedAtMs?: number;
  /** Start of the certificate's ten minutes; five seconds before signing by default. */
  readonly certifiedAtMs?: number;
  readonly integratedAtMs?: number;
  readonly stampedAtMs?: number;
  /** Number of timestamps; one where the log vouches for no time. */
  readonly timestamps?: number;
  /** Whether timestamps carry their authority's certificate. */
  readonly embedded?: boolean;
  /** By default, version 0.1 has none. */
  readonly proof?: boolean;
  /** By default, v1 has one. */
  readonly promise?: boolean;
  /** "whole": with intermediate and root, as npm's first bundles. */
  readonly chain?: "leaf" | "whole";
  /** Changes to the signing certificate, before it is logged and signed. */
  readonly certificate?: Partial<Leaf>;
  readonly cosigners?: readonly NoteSigner[];
  /** Where the envelope has another key id than the signer's. */
  readonly keyId?: string;
  readonly flaws?: readonly Flaw[];
}

export interface Attesting extends Signing {
  /** Bytes, or JSON that is written as npm's client writes it. */
  readonly statement: JsonObject | Uint8Array;
  readonly payloadType?: string;
}

export interface RegistryKey extends TrustedKey {
  readonly keys: KeyPair;
}

/** Sigstore and a registry's keys, with nothing outside of this process. */
export interface Box {
  /** TrustedRoot, as JSON text. */
  readonly trustRoot: string;
  readonly registryKeys: Readonly<Record<KeySigner["which"], RegistryKey>>;
  /** The registry's answer to `/-/npm/v1/keys`, as JSON text. */
  readonly keysDocument: string;
  /** The same keys as TUF distributes them, as JSON text. */
  readonly keysTarget: string;
  readonly keyFor: (hint: string) => TrustedKey | undefined;
  /** A bundle with an in-toto statement in a DSSE envelope. */
  readonly attest: (attesting: Attesting) => JsonObject;
  /** A bundle with a signature over a file. */
  readonly signFile: (file: Uint8Array, signing: Signing) => JsonObject;
  /** A member of `dist.signatures`. */
  readonly signRelease: (
    released: { readonly name: string; readonly version: string; readonly integrity: string },
    which?: KeySigner["which"],
  ) => { readonly keyid: string; readonly sig: string };
  readonly logs: Readonly<Record<"v1" | "v2", Log>>;
}

export function createBox(host = "box.invalid"): Box {
  const world = worldOf(host);
  const registryKeys = {
    retired: registryKeyOf(WORLD.notBeforeMs, KEY_ROTATION_MS),
    current: registryKeyOf(KEY_ROTATION_MS, Number.POSITIVE_INFINITY),
  };
  const all = Object.values(registryKeys);
  return {
    trustRoot: JSON.stringify(trustRootOf(world, host)),
    registryKeys,
    keysDocument: JSON.stringify(keysDocumentOf(all)),
    keysTarget: JSON.stringify(keysTargetOf(all)),
    keyFor: (hint) => all.find(({ keyId }) => keyId === hint),
    attest: (attesting) => attested(attesting, world, registryKeys),
    signFile: (file, signing) => fileSigned(file, signing, world, registryKeys),
    signRelease: ({ name, version, integrity }, which = "current") => {
      const { keyId, keys } = registryKeys[which];
      const signature = signedBy(keys, Buffer.from(`${name}@${version}:${integrity}`));
      return { keyid: keyId, sig: signature.toString("base64") };
    },
    logs: world.logs,
  };
}

/** Trusted services, and beside each one that looks alike and is trusted by nobody. */
interface World extends Services {
  readonly stranger: Services;
}

type Services = ReturnType<typeof servicesOf>;
type RegistryKeys = Box["registryKeys"];

function worldOf(host: string): World {
  return { ...servicesOf(host), stranger: servicesOf(host) };
}

function servicesOf(host: string) {
  return {
    authority: authority(host, "code-signing", WORLD),
    certificateLog: certificateLog(),
    timestamps: timestampAuthority(host, WORLD),
    logs: { v1: new Log("v1", `rekor.${host}`), v2: new Log("v2", `log2025-1.rekor.${host}`) },
  };
}

function registryKeyOf(fromMs: number, untilMs: number): RegistryKey {
  const keys = ecdsaKeys("P-256");
  return { keyId: npmKeyId(keys), key: keys.publicKey, keys, fromMs, untilMs };
}

type Draft = Pick<Recorded, "payload" | "payloadType" | "signed"> & {
  readonly kind: "envelope" | "message";
};

function attested(attesting: Attesting, world: World, registryKeys: RegistryKeys): JsonObject {
  const { statement, payloadType = "application/vnd.in-toto+json" } = attesting;
  const payload = Buffer.from(
    statement instanceof Uint8Array ? statement : JSON.stringify(statement),
  );
  const signed = preAuthenticationEncoding(payloadType, payload);
  const draft: Draft = { kind: "envelope", payload, payloadType, signed };
  const { material, recorded } = recordedOf(draft, attesting, world, registryKeys);
  const signature = { sig: base64(recorded.signature), keyid: recorded.keyId };
  return {
    mediaType: MEDIA_TYPES[attesting.bundle ?? "0.3"],
    verificationMaterial: material,
    dsseEnvelope: { payload: base64(payload), payloadType, signatures: [signature] },
  };
}

function fileSigned(
  file: Uint8Array,
  signing: Signing,
  world: World,
  registryKeys: RegistryKeys,
): JsonObject {
  const payload = Buffer.from(file);
  const draft: Draft = { kind: "message", payload, payloadType: "", signed: payload };
  const { material, recorded } = recordedOf(draft, signing, world, registryKeys);
  return {
    mediaType: MEDIA_TYPES[signing.bundle ?? "0.3"],
    verificationMaterial: material,
    messageSignature: {
      messageDigest: { algorithm: "SHA2_256", digest: hash("sha256", payload, "base64") },
      signature: base64(recorded.signature),
    },
  };
}

const MEDIA_TYPES = {
  "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
} as const;

/** DSSE 1.0. */
function preAuthenticationEncoding(payloadType: string, payload: Buffer): Buffer {
  const head = `DSSEv1 ${String(Buffer.byteLength(payloadType))} ${payloadType}`;
  return Buffer.concat([Buffer.from(`${head} ${String(payload.length)} `), payload]);
}

function recordedOf(
  draft: Draft,
  signing: Signing,
  world: World,
  registryKeys: RegistryKeys,
): { readonly material: JsonObject; readonly recorded: Recorded } {
  const { signer } = signing;
  const keys = signer.kind === "key" ? registryKeys[signer.which].keys : ecdsaKeys("P-256");
  const signature = signedBy(
    isFlawed(signing, "signature-by-another-key") ? ecdsaKeys("P-256") : keys,
    draft.signed,
  );
  const certificate =
    signer.kind === "key" ? undefined : certificateOf(signer, keys, signing, world);
  const hint = signer.kind === "key" ? registryKeys[signer.which].keyId : "";
  const recorded: Recorded = {
    ...draft,
    signature,
    keyId: signing.keyId ?? hint,
    verifier: certificate ?? spkiOf(keys),
    verifierPem: certificate === undefined ? pemOf(keys) : certificatePem(certificate),
    isCertificate: certificate !== undefined,
  };
  return {
    recorded,
    material: {
      ...signerMaterial(certificate, hint, signing, world),
      tlogEntries: [entryOf(draft, recorded, signing, world)],
      timestampVerificationData: {
        rfc3161Timestamps: [...timestampsOf(signature, signing, world)],
      },
    },
  };
}

function isFlawed({ flaws = [] }: Signing, flaw: Flaw): boolean {
  return flaws.includes(flaw);
}

function signedAt({ bundle, signedAtMs }: Signing): number {
  return signedAtMs ?? (bundle === "0.1" ? SIGNED_EARLY_AT_MS : SIGNED_AT_MS);
}

function certificateOf(
  signer: CertificateSigner,
  keys: KeyPair,
  signing: Signing,
  world: World,
): Buffer {
  const notBeforeMs = signing.certifiedAtMs ?? signedAt(signing) - 5000;
  const { certificateLog: log } = isFlawed(signing, "certificate-promise-of-another-log")
    ? world.stranger
    : world;
  const promise: CertificatePromise = {
    log,
    atMs: notBeforeMs + 42,
    ...(isFlawed(signing, "certificate-promise-by-another-key")
      ? { keys: ecdsaKeys("P-256") }
      : {}),
  };
  const leaf: Leaf = {
    keys,
    signer,
    notBeforeMs,
    notAfterMs: notBeforeMs + CERTIFICATE_LIFE_MS,
    promises: isFlawed(signing, "no-certificate-promise") ? [] : [promise],
    ...signing.certificate,
  };
  const issuer = isFlawed(signing, "certificate-by-another-authority")
    ? world.stranger.authority
    : world.authority;
  return isFlawed(signing, "certificate-by-another-key")
    ? signingCertificate(leaf, issuer, ecdsaKeys("P-384"))
    : signingCertificate(leaf, issuer);
}

function signerMaterial(
  certificate: Buffer | undefined,
  hint: string,
  { bundle = "0.3", chain = "leaf" }: Signing,
  world: World,
): JsonObject {
  if (certificate === undefined) return { publicKey: { hint } };
  if (bundle === "0.3") return { certificate: { rawBytes: base64(certificate) } };
  const above = chain === "whole" ? world.authority.chain : [];
  const certificates = [certificate, ...above].map((bytes) => ({ rawBytes: base64(bytes) }));
  return { x509CertificateChain: { certificates } };
}

function entryKindOf(draft: Draft, { bundle = "0.3", log = "v1" }: Signing): EntryKind {
  if (log === "v2") return "hashedrekord 0.0.2";
  if (draft.kind === "message") return "hashedrekord 0.0.1";
  return bundle === "0.3" ? "dsse 0.0.1" : "intoto 0.0.2";
}

function entryOf(draft: Draft, recorded: Recorded, signing: Signing, world: World): JsonObject {
  const generation = signing.log ?? "v1";
  const log = (isFlawed(signing, "another-log") ? world.stranger : world).logs[generation];
  const kind = signing.entry ?? entryKindOf(draft, signing);
  const body = bodyOf(kind, otherRecorded(recorded, signing));
  const place = log.append(body);
  const logIndex = log.logIndex(place);
  const integratedTimeS = Math.floor((signing.integratedAtMs ?? signedAt(signing)) / 1000);
  const [name = "", version = ""] = kind.split(" ");
  const isPromised = signing.promise ?? generation === "v1";
  const promiseKeys = isFlawed(signing, "promise-by-another-key") ? ecdsaKeys("P-256") : log.keys;
  const promise = log.promise(body, logIndex, integratedTimeS, promiseKeys);
  const isProven = signing.proof ?? signing.bundle !== "0.1";
  return {
    logIndex: String(logIndex),
    logId: { keyId: base64(log.id) },
    kindVersion: { kind: name, version },
    ...(isPromised
      ? {
          integratedTime: String(integratedTimeS),
          inclusionPromise: { signedEntryTimestamp: base64(promise) },
        }
      : {}),
    ...(isProven ? { inclusionProof: proofOf(log, place, signing) } : {}),
    canonicalizedBody: base64(body),
  };
}

function otherRecorded(recorded: Recorded, signing: Signing): Recorded {
  const other = ecdsaKeys("P-256");
  const payload = Buffer.from('{"another":"payload"}');
  return {
    ...recorded,
    ...(isFlawed(signing, "recorded-another-payload")
      ? { payload, signed: preAuthenticationEncoding(recorded.payloadType, payload) }
      : {}),
    ...(isFlawed(signing, "recorded-another-signature")
      ? { signature: signedBy(other, recorded.signed) }
      : {}),
    ...(isFlawed(signing, "recorded-another-certificate")
      ? { verifier: spkiOf(other), verifierPem: pemOf(other), isCertificate: false }
      : {}),
  };
}

function proofOf(log: Log, place: number, signing: Signing): JsonObject {
  const inclusion: Inclusion = log.inclusionOf(place);
  const keys = isFlawed(signing, "checkpoint-by-another-key") ? otherKeysLike(log.keys) : log.keys;
  return {
    logIndex: String(place),
    rootHash: base64(inclusion.root),
    treeSize: String(inclusion.size),
    hashes: inclusion.hashes.map(base64),
    checkpoint: { envelope: log.checkpoint(inclusion, keys, signing.cosigners) },
  };
}

function otherKeysLike({ publicKey }: KeyPair): KeyPair {
  return publicKey.asymmetricKeyType === "ed25519" ? ed25519Keys() : ecdsaKeys("P-256");
}

function timestampsOf(signature: Buffer, signing: Signing, world: World): readonly JsonObject[] {
  const isPromised = signing.promise ?? signing.log !== "v2";
  const count = signing.timestamps ?? (isPromised ? 0 : 1);
  const stamper = (isFlawed(signing, "timestamp-by-another-authority") ? world.stranger : world)
    .timestamps;
  const message = isFlawed(signing, "timestamp-of-another-signature") ? randomBytes(70) : signature;
  return Array.from({ length: count }, (_, index) => {
    const token = timestampOf(message, stamper, {
      // A second apart, as answers to several requests are.
      atMs: (signing.stampedAtMs ?? signedAt(signing)) + index * 1000,
      embedded: signing.embedded ?? true,
      ...(isFlawed(signing, "timestamp-by-another-key") ? { keys: ecdsaKeys("P-384") } : {}),
    });
    return { signedTimestamp: base64(token) };
  });
}

function certificatePem(certificate: Buffer): string {
  const lines = base64(certificate).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

const ALWAYS = { start: new Date(WORLD.notBeforeMs).toISOString() };
const KEY_DETAILS = { v1: "PKIX_ECDSA_P256_SHA_256", v2: "PKIX_ED25519" };

function trustRootOf(world: Services, host: string): JsonObject {
  const chainOf = (certificates: readonly Buffer[]): Json => ({
    certificates: certificates.map((bytes) => ({ rawBytes: base64(bytes) })),
  });
  const logOf = (
    baseUrl: string,
    id: Buffer,
    keys: KeyPair,
    keyDetails = KEY_DETAILS.v1,
  ): JsonObject => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(spkiOf(keys)), keyDetails, validFor: ALWAYS },
    logId: { keyId: base64(id) },
  });
  const { v1, v2 } = world.logs;
  const subject = { organization: host, commonName: host };
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      logOf(`https://${v1.host}`, v1.id, v1.keys),
      logOf(`https://${v2.host}`, v2.id, v2.keys, KEY_DETAILS.v2),
    ],
    certificateAuthorities: [
      {
        subject,
        uri: `https://fulcio.${host}`,
        certChain: chainOf(world.authority.chain),
        validFor: ALWAYS,
      },
    ],
    ctlogs: [
      logOf(`https://ctfe.${host}/2022`, world.certificateLog.id, world.certificateLog.keys),
    ],
    timestampAuthorities: [
      {
        subject,
        uri: `https://timestamp.${host}/api/v1/timestamp`,
        certChain: chainOf(world.timestamps.chain),
        validFor: ALWAYS,
      },
    ],
  };
}

function keysDocumentOf(keys: readonly RegistryKey[]): Json {
  return {
    keys: keys.map(({ keyId, keys, untilMs }) => ({
      expires: Number.isFinite(untilMs) ? new Date(untilMs).toISOString() : null,
      keyid: keyId,
      keytype: "ecdsa-sha2-nistp256",
      scheme: "ecdsa-sha2-nistp256",
      key: base64(spkiOf(keys)),
    })),
  };
}

function keysTargetOf(keys: readonly RegistryKey[]): Json {
  return {
    keys: keys.flatMap(({ keyId, keys, fromMs, untilMs }) =>
      ["npm:signatures", "npm:attestations"].map((keyUsage) => ({
        keyId,
        keyUsage,
        publicKey: {
          rawBytes: base64(spkiOf(keys)),
          keyDetails: KEY_DETAILS.v1,
          validFor: {
            start: new Date(fromMs).toISOString(),
            ...(Number.isFinite(untilMs) ? { end: new Date(untilMs).toISOString() } : {}),
          },
        },
      })),
    ),
  };
}
