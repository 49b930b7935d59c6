import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { MEANING_OF_CAUSE, MEANING_OF_STEP } from "../act/report/provenance-steps.ts";
import { Failure, messageOf } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { readBundle } from "../provenance/bundle.ts";
import type { SigningIdentity } from "../provenance/identity.ts";
import { checkSubjectDigest } from "../provenance/subjects.ts";
import { parseTrustRoot, type TrustRoot } from "../provenance/trust-root.ts";
import { refuse, verification, type Verification } from "../provenance/verification.ts";
import {
  verifyBundle,
  type SignedArtifact,
  type TrustedKey,
  type VerifiedBundle,
} from "../provenance/verify-bundle.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import type { Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";

const USAGE = `Usage: veln provenance verify-bundle --bundle FILE WHO [--trusted-root FILE] FILE|DIGEST

Verifies one Sigstore bundle, offline, as the Sigstore conformance suite asks a client to.

  WHO is      --certificate-identity ID --certificate-oidc-issuer URL
  or          --key FILE            a public key in PEM

  --trusted-root FILE   a Sigstore trusted_root.json instead of the public-good one
  --staging             Sigstore's staging instance; needs --trusted-root, Veln ships none
  FILE|DIGEST           what was signed: a file, or sha256:HEX

Exit status: 0 verified, 1 not, 2 usage.
`;

const OPTIONS = {
  ...GLOBAL_OPTIONS,
  bundle: { type: "string" },
  "certificate-identity": { type: "string" },
  "certificate-oidc-issuer": { type: "string" },
  key: { type: "string" },
  "trusted-root": { type: "string" },
  staging: { type: "boolean" },
} as const;

/** Whom the bundle has to be signed by. */
type Expected =
  | { readonly kind: "identity"; readonly name: string; readonly issuer: string }
  | { readonly kind: "key"; readonly key: KeyObject };

interface Question {
  readonly bundleText: string;
  readonly artifact: SignedArtifact;
  readonly sha512: string | undefined;
  readonly expected: Expected;
  readonly root: TrustRoot;
}

export const verifyBundleCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const globals = mergeGlobals(before, values);
    const question = await questionFrom(values, positionals, io);
    const answer = verification(() => verify(question));
    if (globals.json) io.stdout.write(`${JSON.stringify(reportOf(answer))}\n`);
    else if (!globals.quiet || answer.state === "failed") show(answer, io);
    return answer.state === "verified" ? EXIT.fine : EXIT.blocked;
  },
};

function verify({ artifact, bundleText, expected, root, sha512 }: Question): VerifiedBundle {
  const bundle = readBundle(bundleText);
  const keyFor = (hint: string): TrustedKey | undefined =>
    expected.kind === "key"
      ? { keyId: hint, key: expected.key, fromMs: -Infinity, untilMs: Infinity }
      : undefined;
  const verified = verifyBundle(bundle, { root, keyFor }, artifact);
  checkSigner(verified.signer, expected);
  if (verified.content.kind === "envelope") {
    const sha256 =
      artifact.kind === "digest"
        ? artifact.sha256.toString("hex")
        : hexOf("sha256", artifact.bytes);
    checkSubjectDigest(verified.content, { sha256, sha512 });
  }
  return verified;
}

/** To the letter: a pattern that is not anchored would let anybody's identity contain ours. */
function checkSigner(signer: VerifiedBundle["signer"], expected: Expected): void {
  if (signer.kind !== (expected.kind === "key" ? "key" : "certificate")) {
    refuse("identity", "It is signed by a key where a certificate was expected, or the reverse.");
  }
  if (signer.kind !== "certificate" || expected.kind !== "identity") return;
  const { issuer, name } = signer.identity;
  if (name.value !== expected.name) {
    refuse("identity", `It is signed by ${name.value}, not by ${expected.name}.`);
  }
  if (issuer !== expected.issuer) {
    refuse("identity", `The signer's identity comes from ${issuer}, not from ${expected.issuer}.`);
  }
}

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>["values"];

async function questionFrom(
  values: Values,
  positionals: readonly string[],
  io: Io,
): Promise<Question> {
  const [subject, ...rest] = positionals;
  if (subject === undefined || rest.length > 0 || values.bundle === undefined) {
    throw new Failure("usage", "Say --bundle FILE, who signed, and one file or digest.");
  }
  const artifact = artifactFrom(subject, io);
  return {
    bundleText: readGiven(values.bundle, io).toString("utf8"),
    artifact,
    sha512: artifact.kind === "bytes" ? hexOf("sha512", artifact.bytes) : undefined,
    expected: expectedFrom(values, io),
    root: await rootFrom(values, io),
  };
}

function expectedFrom(values: Values, io: Io): Expected {
  const name = values["certificate-identity"];
  const issuer = values["certificate-oidc-issuer"];
  if (values.key !== undefined && name === undefined && issuer === undefined) {
    return { kind: "key", key: keyFrom(readGiven(values.key, io), values.key) };
  }
  if (values.key === undefined && name !== undefined && issuer !== undefined) {
    return { kind: "identity", name, issuer };
  }
  throw new Failure(
    "usage",
    "Say who signed: --certificate-identity with --certificate-oidc-issuer, or --key.",
  );
}

function keyFrom(pem: Buffer, path: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (error) {
    const why = printable(messageOf(error), 100);
    throw new Failure("usage", `${path} is no public key in PEM: ${why}.`, { path }, error);
  }
}

async function rootFrom(values: Values, io: Io): Promise<TrustRoot> {
  const path = values["trusted-root"];
  if (path !== undefined) return parseTrustRoot(readGiven(path, io).toString("utf8"));
  if (values.staging === true) {
    throw new Failure("usage", "Veln ships no trust root for staging: give one by --trusted-root.");
  }
  const { loadShipped } = await import("../provenance/trust-material/shipped.ts");
  return parseTrustRoot(loadShipped().trustRoot.toString("utf8"));
}

const DIGEST = /^sha256:([0-9a-f]{64})$/i;

/** A digest only where no file has that name, as the suite's protocol has it. */
function artifactFrom(subject: string, io: Io): SignedArtifact {
  const hex = DIGEST.exec(subject)?.[1];
  const path = resolve(io.cwd, subject);
  if (hex !== undefined && statSync(path, { throwIfNoEntry: false }) === undefined) {
    return { kind: "digest", sha256: Buffer.from(hex, "hex") };
  }
  return { kind: "bytes", bytes: readGiven(subject, io) };
}

function readGiven(given: string, io: Io): Buffer {
  const path = resolve(io.cwd, given);
  try {
    return readFileSync(path);
  } catch (error) {
    const why = printable(messageOf(error), 200);
    throw new Failure("usage", `${printable(path)} cannot be read: ${why}.`, { path }, error);
  }
}

function hexOf(algorithm: "sha256" | "sha512", bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

function show(answer: Verification<VerifiedBundle>, io: Io): void {
  if (answer.state === "verified") {
    const { signer, timesMs } = answer.value;
    const when = new Date(timesMs[0]).toISOString();
    io.stdout.write(`Verified: signed by ${nameOf(signer)}, ${when}.\n`);
    return;
  }
  const meaning = [MEANING_OF_STEP[answer.step], MEANING_OF_CAUSE[answer.cause] ?? ""].join(" ");
  io.stderr.write(`Not verified (${answer.step}): ${answer.why}\n${meaning.trim()}\n`);
}

function nameOf(signer: VerifiedBundle["signer"]): string {
  return signer.kind === "key"
    ? `the key ${printable(signer.keyId)}`
    : printable(`${signer.identity.name.value} (${signer.identity.issuer})`);
}

function reportOf(answer: Verification<VerifiedBundle>): object {
  if (answer.state === "failed") return answer;
  const { signer, timesMs } = answer.value;
  return {
    state: answer.state,
    signer:
      signer.kind === "key" ? signer : { kind: signer.kind, ...identityReport(signer.identity) },
    times: timesMs.map((timeMs) => new Date(timeMs).toISOString()),
  };
}

function identityReport({ claims, issuer, name }: SigningIdentity): object {
  return { name: name.value, nameKind: name.kind, issuer, claims: Object.fromEntries(claims) };
}
