import {
  alternativeNameOf,
  reading,
  type AlternativeName,
  type Certificate,
} from "./certificate.ts";
import { Der, DerError } from "./der.ts";

/** Who signed, as the certificate authority found it in the signer's token. */
export interface SigningIdentity {
  readonly name: AlternativeName;
  /** OIDC issuer of the token; empty where the certificate names none. */
  readonly issuer: string;
  readonly claims: ReadonlyMap<ClaimName, string>;
}

export type ClaimName =
  | "trigger"
  | "sourceDigest"
  | "workflowName"
  | "sourceRepository"
  | "sourceRef"
  | "buildSigner"
  | "buildSignerDigest"
  | "runnerEnvironment"
  | "sourceRepositoryId"
  | "sourceOwner"
  | "sourceOwnerId"
  | "buildConfig"
  | "buildConfigDigest"
  | "runUrl"
  | "visibility";

const ARC = "1.3.6.1.4.1.57264.1";

/** Fulcio's extensions since May 2023: DER UTF8Strings (`fulcio/docs/oid-info.md`). */
const CLAIMS: readonly (readonly [number, ClaimName])[] = [
  [9, "buildSigner"],
  [10, "buildSignerDigest"],
  [11, "runnerEnvironment"],
  [12, "sourceRepository"],
  [13, "sourceDigest"],
  [14, "sourceRef"],
  [15, "sourceRepositoryId"],
  [16, "sourceOwner"],
  [17, "sourceOwnerId"],
  [18, "buildConfig"],
  [19, "buildConfigDigest"],
  [20, "trigger"],
  [21, "runUrl"],
  [22, "visibility"],
];

/** Those of before: raw bytes, and GitHub's only. Newer certificates repeat them. */
const EARLY_CLAIMS: readonly (readonly [number, ClaimName])[] = [
  [2, "trigger"],
  [3, "sourceDigest"],
  [4, "workflowName"],
  [5, "sourceRepository"],
  [6, "sourceRef"],
];

const EARLY_ISSUER = 1;
const ISSUER = 8;
const VALUE_LENGTH_MAX = 4096;

export function identityOf(certificate: Certificate): SigningIdentity {
  return reading("certificate", "The signing certificate", () => ({
    name: alternativeNameOf(certificate),
    issuer: claimAt(certificate, ISSUER) ?? earlyClaimAt(certificate, EARLY_ISSUER) ?? "",
    claims: claimsOf(certificate),
  }));
}

function claimsOf(certificate: Certificate): ReadonlyMap<ClaimName, string> {
  const claims = new Map<ClaimName, string>();
  for (const [arc, name] of EARLY_CLAIMS) {
    const value = earlyClaimAt(certificate, arc);
    if (value === undefined) continue;
    claims.set(name, name === "sourceRepository" ? `https://github.com/${value}` : value);
  }
  for (const [arc, name] of CLAIMS) {
    const value = claimAt(certificate, arc);
    if (value !== undefined) claims.set(name, value);
  }
  return claims;
}

function claimAt({ extensions }: Certificate, arc: number): string | undefined {
  const extension = extensions.get(`${ARC}.${String(arc)}`);
  return extension === undefined ? undefined : bounded(Der.read(extension.value).utf8());
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function earlyClaimAt({ extensions }: Certificate, arc: number): string | undefined {
  const extension = extensions.get(`${ARC}.${String(arc)}`);
  if (extension === undefined) return undefined;
  try {
    return bounded(UTF8.decode(extension.value));
  } catch (error) {
    if (error instanceof DerError) throw error;
    throw new DerError("a claim is not UTF-8");
  }
}

function bounded(text: string): string {
  if (text.length > VALUE_LENGTH_MAX) throw new DerError("a claim is too long");
  return text;
}
