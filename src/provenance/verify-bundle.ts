import { hash, type KeyObject } from "node:crypto";
import type { Bundle, Content, Envelope, Material } from "./bundle.ts";
import { importKey, parseCertificate, spkiOf, type Certificate } from "./certificate.ts";
import { identityOf, type SigningIdentity } from "./identity.ts";
import { checkLogWindow, refuseDuplicates, verifyEntry } from "./log-entry.ts";
import type { DigestName, SignedContent } from "./log-record.ts";
import { isDigestSignedBy, isSignedBy } from "./signature.ts";
import { checkSigningCertificate } from "./signing-certificate.ts";
import { verifyTimestamp } from "./timestamp.ts";
import { isWithin, type TrustRoot, type Window } from "./trust-root.ts";
import { refuse } from "./verification.ts";

/** A key that is trusted by itself, such as a registry's. */
export interface TrustedKey extends Window {
  readonly keyId: string;
  readonly key: KeyObject;
}

export interface Trust {
  readonly root: TrustRoot;
  /** The key that a bundle hints at, if it is trusted. */
  readonly keyFor: (hint: string) => TrustedKey | undefined;
}

/** What a message signature is for; envelopes carry what they are about. */
export type SignedArtifact =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "digest"; readonly sha256: Buffer };

export interface VerifiedBundle {
  readonly signer:
    | { readonly kind: "certificate"; readonly identity: SigningIdentity }
    | { readonly kind: "key"; readonly keyId: string };
  readonly content: Content;
  /** Times that a trusted log or authority vouches for, ascending, at least one; ms since 1970. */
  readonly timesMs: readonly [number, ...number[]];
}

/**
 * Verifies a bundle as Sigstore's client specification asks, and stricter: signature, log entries,
 * times, and the signer at those times. Whether the signer is the right one, and whether a statement
 * is about the right bytes, is for the caller to say.
 *
 * Refuses (see `verification.ts`) with the step that failed.
 *
 * @param artifact needed for a message signature; an envelope needs none
 */
export function verifyBundle(
  bundle: Bundle,
  trust: Trust,
  artifact?: SignedArtifact,
): VerifiedBundle {
  const signer = signerOf(bundle.material, trust);
  const signed = signedContent(bundle.content, signer);
  checkSignature(bundle.content, signer.key, artifact);

  refuseDuplicates(bundle.entries);
  if (bundle.entries.length === 0) refuse("log-entry", "No log recorded the signature.");
  const entries = bundle.entries.map((entry) => verifyEntry(entry, signed, trust.root.logs));
  refuseDuplicateTimestamps(bundle.timestamps);
  const stampedMs = bundle.timestamps.map((timestamp) =>
    verifyTimestamp(timestamp, bundle.content.signature, trust.root.timestampAuthorities),
  );
  const loggedMs = entries.flatMap(({ integratedAtMs }) => integratedAtMs ?? []);
  const [first, ...later] = [...stampedMs, ...loggedMs].sort((a, b) => a - b);
  if (first === undefined) return refuse("timestamp", "Nobody vouches for the time of signing.");
  const timesMs = [first, ...later] as const;

  for (const entry of entries) checkLogWindow(entry, timesMs);
  return { signer: checkSigner(signer, timesMs, trust), content: bundle.content, timesMs };
}

function refuseDuplicateTimestamps(timestamps: readonly Buffer[]): void {
  const distinct = new Set(timestamps.map((timestamp) => timestamp.toString("base64")));
  if (distinct.size < timestamps.length) refuse("timestamp", "A timestamp is there twice.");
}

type Signer =
  | {
      readonly kind: "certificate";
      readonly certificate: Certificate;
      readonly above: readonly Buffer[];
      readonly key: KeyObject;
    }
  | { readonly kind: "key"; readonly trusted: TrustedKey; readonly key: KeyObject };

function signerOf(material: Material, trust: Trust): Signer {
  if (material.kind === "certificate") {
    const certificate = parseCertificate(material.leaf, "certificate");
    const key = importKey(certificate.spki, "certificate");
    return { kind: "certificate", certificate, above: material.above, key };
  }
  const trusted = trust.keyFor(material.hint);
  if (trusted === undefined) {
    return refuse(
      "public-key",
      `The key "${material.hint}" that it is signed with is not a trusted one.`,
      "untrusted",
    );
  }
  return { kind: "key", trusted, key: trusted.key };
}

/** The signer at every trusted time: whoever can choose among times must not gain by it. */
function checkSigner(
  signer: Signer,
  timesMs: readonly number[],
  trust: Trust,
): VerifiedBundle["signer"] {
  if (signer.kind === "certificate") {
    checkSigningCertificate(signer.certificate, signer.above, timesMs, trust.root);
    return { kind: "certificate", identity: identityOf(signer.certificate) };
  }
  const { keyId } = signer.trusted;
  if (!timesMs.every((timeMs) => isWithin(timeMs, signer.trusted))) {
    refuse("public-key", `The key "${keyId}" was not in use at the time of signing.`);
  }
  return { kind: "key", keyId };
}

function checkSignature(
  content: Content,
  key: KeyObject,
  artifact: SignedArtifact | undefined,
): void {
  if (content.kind === "envelope") {
    if (!isSignedBy(key, preAuthenticationEncoding(content), content.signature)) {
      refuse("signature", "The envelope's signature is not the signer's.");
    }
    return;
  }
  if (artifact === undefined) return refuse("artifact", "It signs a file, and no file was given.");
  const { algorithm, bytes } = content.digest;
  if (artifact.kind === "digest" && algorithm !== "sha256") {
    return refuse("artifact", `It signs a ${algorithm}, and a sha256 was given.`, "unsupported");
  }
  const digest =
    artifact.kind === "digest" ? artifact.sha256 : hash(algorithm, artifact.bytes, "buffer");
  if (!digest.equals(bytes)) refuse("artifact", "It signs another file than this one.");
  const isSigned =
    artifact.kind === "digest"
      ? isDigestSignedBy(key, digest, content.signature)
      : isSignedBy(key, artifact.bytes, content.signature);
  if (!isSigned) refuse("signature", "The signature is not the signer's.");
}

/** DSSE 1.0, "PAE": what an envelope's signature is over. */
export function preAuthenticationEncoding({ payloadType, payload }: Envelope): Buffer {
  const type = Buffer.from(payloadType);
  const head = `DSSEv1 ${String(type.length)} ${payloadType} ${String(payload.length)} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

function signedContent(content: Content, signer: Signer): SignedContent {
  const isCertificate = signer.kind === "certificate";
  const verifier = isCertificate ? signer.certificate.encoded : spkiOf(signer.key);
  const { signature } = content;
  if (content.kind === "message") {
    const { algorithm, bytes } = content.digest;
    const signedDigest = (name: DigestName): Buffer => {
      if (name === algorithm) return bytes;
      return refuse("log-entry", "The log recorded another kind of digest than the bundle's.");
    };
    return { signature, verifier, isCertificate, signedDigest, envelope: undefined };
  }
  checkKeyId(content, signer);
  const { payload, payloadType, keyId } = content;
  return {
    signature,
    verifier,
    isCertificate,
    signedDigest: (name) => hash(name, preAuthenticationEncoding(content), "buffer"),
    envelope: { payloadDigest: (name) => hash(name, payload, "buffer"), payloadType, keyId },
  };
}

/** Nothing signs an envelope's key id: it has to be the hinted key's, and a certificate needs none. */
function checkKeyId({ keyId }: Envelope, signer: Signer): void {
  const wanted = signer.kind === "key" ? signer.trusted.keyId : "";
  if (keyId !== wanted) {
    refuse("public-key", `The envelope names another key than the one that signed.`);
  }
}
