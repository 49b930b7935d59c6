import { bundleFromJSON } from "@sigstore/bundle";
import { PublicKeyDetails, TrustedRoot, type PublicKey } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import type { Json } from "../../../src/model/canonical.ts";
import type { Base } from "./bases.ts";

/** Sigstore's own JavaScript verifier, its trust material made once. */
export type Oracle = (bundle: Json) => Answer;

/** "broken": an exception that is none of its own. */
export type Answer = "accepted" | "refused" | "broken";

const OWN_ERRORS = new Set(["VerificationError", "ValidationError", "PolicyError"]);

export function oracleFor(base: Base): Oracle {
  const verify = oracleVerification(base);
  return (bundle) => {
    try {
      verify(bundle);
      return "accepted";
    } catch (error) {
      return OWN_ERRORS.has(error instanceof Error ? error.constructor.name : "")
        ? "refused"
        : "broken";
    }
  };
}

/** @returns what verifies a bundle, or throws whatever it throws */
export function oracleVerification({ rootText, keys, artifact }: Base): (bundle: Json) => void {
  const material = toTrustMaterial(
    TrustedRoot.fromJSON(JSON.parse(rootText)),
    Object.fromEntries(keys.map((key) => [key.keyId, publicKeyOf(key)])),
  );
  const verifier = new Verifier(material);
  const bytes = artifact?.kind === "bytes" ? Buffer.from(artifact.bytes) : undefined;
  return (bundle) => {
    verifier.verify(toSignedEntity(bundleFromJSON(bundle), bytes));
  };
}

function publicKeyOf({ key, fromMs, untilMs }: Base["keys"][number]): PublicKey {
  return {
    rawBytes: key.export({ format: "der", type: "spki" }),
    keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
    validFor: {
      start: new Date(fromMs),
      end: Number.isFinite(untilMs) ? new Date(untilMs) : undefined,
    },
  };
}
