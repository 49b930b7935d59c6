import type { KeyObject } from "node:crypto";
import type { Step } from "../model/provenance.ts";
import {
  authorityKeyIdOf,
  basicConstraintsOf,
  extendedKeyUsageOf,
  importKey,
  KEY_USAGE,
  keyUsageOf,
  reading,
  subjectKeyIdOf,
  type Certificate,
} from "./certificate.ts";
import { isSignedWith } from "./signature.ts";
import { refuse } from "./verification.ts";

/**
 * Certificates of a trust root, each signed by the next; the last is the anchor, trusted because it
 * stands there. Verified once, when the root is read: what is left for each bundle is one signature.
 */
export interface AuthorityChain {
  readonly links: readonly ChainLink[];
}

export interface ChainLink {
  readonly certificate: Certificate;
  readonly key: KeyObject;
  readonly keyId: Buffer | undefined;
  /** Whether it may sign certificates; the first of a timestamp authority's chain need not. */
  readonly isAuthority: boolean;
  readonly extendedKeyUsage: readonly string[] | undefined;
}

const STEP: Step = "trust-root";
const CHAIN_LENGTH_MAX = 8;

export function chainOf(certificates: readonly Certificate[]): AuthorityChain {
  if (certificates.length === 0 || certificates.length > CHAIN_LENGTH_MAX) {
    refuse(STEP, "a chain of certificates is empty or too long.");
  }
  const links = certificates.map((certificate) => linkOf(certificate, STEP));
  links.forEach((link, index) => {
    const issuer = links[index + 1];
    if (issuer === undefined) return;
    // Certificates between this link and the end entity count against the issuer's path length.
    checkIssued(link.certificate, issuer, index, STEP);
  });
  return { links };
}

export function linkOf(certificate: Certificate, step: Step): ChainLink {
  return reading(step, "A certificate", () => ({
    certificate,
    key: importKey(certificate.spki, step),
    keyId: subjectKeyIdOf(certificate),
    isAuthority: mayIssue(certificate),
    extendedKeyUsage: extendedKeyUsageOf(certificate),
  }));
}

function mayIssue(certificate: Certificate): boolean {
  return (
    basicConstraintsOf(certificate).isAuthority &&
    keyUsageOf(certificate)?.has(KEY_USAGE.keyCertSign) !== false
  );
}

/**
 * RFC 5280, section 6.1.3 (a) and 6.1.4 (k)–(n), less validity, which depends on a time that is not
 * known yet.
 *
 * @param authoritiesBelow intermediate authorities between the issuer and the end entity
 */
export function checkIssued(
  certificate: Certificate,
  issuer: ChainLink,
  authoritiesBelow: number,
  step: Step,
): void {
  const { pathLength } = reading(step, "An authority", () =>
    basicConstraintsOf(issuer.certificate),
  );
  if (!issuer.isAuthority) refuse(step, "A certificate is issued by one that may not issue any.");
  if (pathLength !== undefined && authoritiesBelow > pathLength) {
    refuse(step, "A chain of certificates is longer than its authority allows.");
  }
  if (!isIssuedUnderName(certificate, issuer, step)) {
    refuse(step, "A certificate names another issuer than the authority.", "untrusted");
  }
  const { signatureAlgorithm, tbs, signature } = certificate;
  if (!isSignedWith(signatureAlgorithm, issuer.key, tbs.encoded, signature)) {
    refuse(step, "A certificate does not carry its issuer's signature.");
  }
}

/** By name, and by key id where both sides have one. */
export function isIssuedUnderName(
  certificate: Certificate,
  issuer: ChainLink,
  step: Step,
): boolean {
  const wanted = reading(step, "A certificate", () => authorityKeyIdOf(certificate));
  const sameKey = wanted === undefined || issuer.keyId === undefined || wanted.equals(issuer.keyId);
  return sameKey && certificate.issuer.equals(issuer.certificate.subject);
}

export function isValidAt({ notBeforeMs, notAfterMs }: Certificate, momentMs: number): boolean {
  // Certificates count in whole seconds, log times too; timestamps may have fractions.
  return notBeforeMs <= momentMs && momentMs < notAfterMs + 1000;
}
