import {
  basicConstraintsOf,
  extendedKeyUsageOf,
  KEY_USAGE,
  keyUsageOf,
  OID,
  reading,
  type Certificate,
} from "./certificate.ts";
import { checkIssued, isIssuedUnderName, isValidAt, type ChainLink } from "./chain.ts";
import { checkTransparency } from "./transparency.ts";
import { isWithin, type TrustedAuthority, type TrustRoot } from "./trust-root.ts";
import { refuse } from "./verification.ts";

/**
 * A certificate for one signature: issued by a trusted authority, for signing code, valid at every
 * time given, and entered in a certificate log.
 *
 * @param above further certificates of the bundle. Nothing signs them, so they may only repeat the
 *   authority's chain, as npm's first bundles do, root included.
 */
export function checkSigningCertificate(
  certificate: Certificate,
  above: readonly Buffer[],
  timesMs: readonly number[],
  root: TrustRoot,
): void {
  checkPurpose(certificate);
  if (!timesMs.every((timeMs) => isValidAt(certificate, timeMs))) {
    refuse("certificate-chain", "The signing certificate was not valid at the time of signing.");
  }
  const authority = authorityOf(certificate, timesMs, root.authorities);
  const { links } = authority.chain;
  const [issuer] = links;
  if (issuer === undefined) throw new Error("a chain has at least one link");
  checkIssued(certificate, issuer, 0, "certificate-chain");
  checkRepeats(above, links);
  checkTransparency(certificate, issuer, root.ctLogs);
}

function checkPurpose(certificate: Certificate): void {
  const isForSigning = reading("certificate", "The signing certificate", () => {
    const usages = extendedKeyUsageOf(certificate);
    return (
      !basicConstraintsOf(certificate).isAuthority &&
      keyUsageOf(certificate)?.has(KEY_USAGE.digitalSignature) === true &&
      usages?.length === 1 &&
      usages[0] === OID.codeSigning
    );
  });
  if (!isForSigning) refuse("certificate", "The certificate is not one for signing code.");
}

/** By name, then by time: authorities are renewed under the same name. */
function authorityOf(
  certificate: Certificate,
  timesMs: readonly number[],
  authorities: readonly TrustedAuthority[],
): TrustedAuthority {
  const named = authorities.filter(({ chain: { links } }) => {
    const [issuer] = links;
    return issuer !== undefined && isIssuedUnderName(certificate, issuer, "certificate-chain");
  });
  if (named.length === 0) {
    refuse("certificate-chain", "The certificate's authority is not a trusted one.", "untrusted");
  }
  const valid = named.find((authority) =>
    timesMs.every((timeMs) => isTrustedAt(authority, timeMs)),
  );
  return (
    valid ??
    refuse(
      "certificate-chain",
      "The certificate's authority was not trusted, or not valid, at the time of signing.",
      "untrusted",
    )
  );
}

function isTrustedAt(authority: TrustedAuthority, timeMs: number): boolean {
  return (
    isWithin(timeMs, authority) &&
    authority.chain.links.every(
      ({ certificate, extendedKeyUsage }) =>
        isValidAt(certificate, timeMs) &&
        (extendedKeyUsage === undefined || extendedKeyUsage.includes(OID.codeSigning)),
    )
  );
}

function checkRepeats(above: readonly Buffer[], links: readonly ChainLink[]): void {
  const isRepeated = above.every((bytes, index) => links[index]?.certificate.encoded.equals(bytes));
  if (!isRepeated) {
    refuse("certificate-chain", "The bundle holds certificates that are not its authority's.");
  }
}
