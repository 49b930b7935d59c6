import type { Evidence, RegistrySignature } from "../model/provenance.ts";
import type { Release } from "../model/release.ts";
import { exactBase64 } from "./base64.ts";
import type { RegistryKeys } from "./registry-keys.ts";
import { isSignedBy } from "./signature.ts";
import { refuse, verification } from "./verification.ts";

const SIGNATURES_MAX = 16;

/**
 * The registry's signatures over `name@version:integrity` (npm's "ECDSA registry signatures").
 * Whether the integrity is that of the bytes is for the caller to compare.
 *
 * @param isSigning whether this registry's document has signatures at all; a mirror may leave them out
 */
export function verifyRegistrySignature(
  release: Release,
  keys: RegistryKeys,
  isSigning: boolean,
): Evidence<RegistrySignature> {
  const { integrityText, ref, signatures } = release;
  if (signatures.length === 0) {
    return isSigning ? { state: "absent" } : { state: "unknown", why: LEFT_OUT };
  }
  if (integrityText === undefined) {
    return { state: "unknown", why: "the registry signs an integrity that it does not name" };
  }
  if (keys.size === 0) return { state: "unknown", why: "no keys of this registry are trusted" };
  const message = Buffer.from(`${ref.name}@${ref.version}:${integrityText}`);
  const known = signatures.slice(0, SIGNATURES_MAX).flatMap((signature) => {
    const key = keys.keyFor("npm:signatures", signature.keyId);
    return key === undefined ? [] : [{ ...signature, key }];
  });
  const [first] = known;
  if (first === undefined) return { state: "failed", ...UNTRUSTED };
  const result = verification(() => {
    for (const { key, signature } of known) {
      const bytes = exactBase64(signature);
      if (bytes === undefined || !isSignedBy(key.key, message, bytes)) {
        refuse(
          "registry-signature",
          "The registry's signature is not for this name and integrity.",
        );
      }
    }
  });
  if (result.state === "failed") return result;
  const current = known.find(({ key }) => isInUse(release, key));
  if (current !== undefined) return { state: "verified", value: { keyId: current.keyId } };
  return outOfUse(release.publishedAtMs);
}

export const LEFT_OUT = "the registry leaves out signatures and attestations";

const UNTRUSTED = {
  step: "public-key",
  cause: "untrusted",
  why: "The registry signed with a key that is not among its trusted ones.",
} as const;

/**
 * Only the end counts: when npm changed its key, it signed what was there before anew. A date that
 * the registry keeps back is no date before the end.
 */
function isInUse({ publishedAtMs }: Release, { untilMs }: { readonly untilMs: number }): boolean {
  return publishedAtMs === undefined ? untilMs === Infinity : publishedAtMs <= untilMs;
}

function outOfUse(publishedAtMs: number | undefined): Evidence<RegistrySignature> {
  if (publishedAtMs === undefined) {
    const why = "the key is out of use, and the registry does not say when this was published";
    return { state: "unknown", why };
  }
  return {
    state: "failed",
    step: "public-key",
    cause: "false",
    why: "The registry signed with a key that was out of use when this version was published.",
  };
}
