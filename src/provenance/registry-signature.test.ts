import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasGenuine } from "../../test/support/sigstore/bases.ts";
import { createBox } from "../../test/support/sigstore/box.ts";
import {
  genuineRegistryKeys,
  genuineSignatures,
  integrityOf,
  releaseOf,
  type EntryParts,
  type GenuineSignature,
} from "../../test/support/sigstore/documents.ts";
import { flipped } from "../../test/support/sigstore/edit.ts";
import { RELEASED } from "../../test/support/sigstore/statements.ts";
import type { Evidence, RegistrySignature } from "../model/provenance.ts";
import type { Release } from "../model/release.ts";
import { NO_KEYS, parseRegistryKeys } from "./registry-keys.ts";
import { verifyRegistrySignature } from "./registry-signature.ts";

const BOX = createBox();
const KEYS = parseRegistryKeys(BOX.keysTarget);
const { current, retired } = BOX.registryKeys;
const SIGNED = { ...RELEASED, integrity: integrityOf(RELEASED) };
const GOOD = BOX.signRelease(SIGNED);
const OLD = BOX.signRelease(SIGNED, "retired");
const BYTES = Buffer.from(GOOD.sig, "base64");
const BEFORE = "2024-06-01T00:00:00.000Z";
const AFTER = "2025-06-01T00:00:00.000Z";

const VERIFIED = { state: "verified", value: { keyId: current.keyId } };
const FALSE = {
  state: "failed",
  step: "registry-signature",
  cause: "false",
  why: "The registry's signature is not for this name and integrity.",
};
const UNTRUSTED = {
  state: "failed",
  step: "public-key",
  cause: "untrusted",
  why: "The registry signed with a key that is not among its trusted ones.",
};

function verify(parts: EntryParts, keys = KEYS, isSigning = true): Evidence<RegistrySignature> {
  return verifyRegistrySignature(releaseOf(parts), keys, isSigning);
}

function signed(...signatures: readonly { readonly keyid: string; readonly sig: string }[]) {
  return { dist: { signatures: [...signatures] } };
}

describe("verifyRegistrySignature", () => {
  it("verifies name, version and integrity as the registry wrote it", () => {
    expect(verify(signed(GOOD))).toEqual(VERIFIED);
  });

  it("verifies an integrity of a form that only the registry writes", () => {
    const integrity = `${SIGNED.integrity} sha512-AAAA?x`;
    const signature = BOX.signRelease({ ...SIGNED, integrity });
    expect(verify({ dist: { integrity, signatures: [signature] } })).toEqual(VERIFIED);
    expect(verify({ dist: { signatures: [signature] } })).toEqual(FALSE);
  });

  it("tells absent from left out everywhere", () => {
    expect(verify({})).toEqual({ state: "absent" });
    expect(verify({}, KEYS, false)).toEqual({
      state: "unknown",
      why: "the registry leaves out signatures and attestations",
    });
  });

  it("does not know what is signed where the registry names no integrity", () => {
    expect(verify({ dist: { integrity: null, signatures: [GOOD] } })).toEqual({
      state: "unknown",
      why: "the registry signs an integrity that it does not name",
    });
  });

  it("does not know of a registry whose keys nobody vouches for", () => {
    expect(verify(signed(GOOD), NO_KEYS)).toEqual({
      state: "unknown",
      why: "no keys of this registry are trusted",
    });
  });

  it("refuses a key that is not trusted, or not for this", () => {
    const other = parseRegistryKeys(createBox().keysTarget);
    expect(verify(signed(GOOD), other)).toEqual(UNTRUSTED);
    const entries = JSON.parse(BOX.keysTarget) as {
      readonly keys: readonly { keyUsage: string }[];
    };
    const keys = entries.keys.filter(({ keyUsage }) => keyUsage === "npm:attestations");
    expect(verify(signed(GOOD), parseRegistryKeys(JSON.stringify({ keys })))).toEqual(UNTRUSTED);
  });

  it("refuses a signature under another key's name", () => {
    expect(verify(signed({ ...GOOD, keyid: retired.keyId }))).toEqual(FALSE);
  });

  it.each([
    ["another name", { name: "@acme/other" }],
    ["another version", { version: "1.2.4" }],
    ["another integrity", { integrity: integrityOf({ sha512: "f".repeat(128) }) }],
  ])("refuses one for %s", (_, changed) => {
    expect(verify(signed(BOX.signRelease({ ...SIGNED, ...changed })))).toEqual(FALSE);
  });

  it.each([
    ["nothing", ""],
    ["no base64", "!"],
    ["base64 with a sign too much", `${GOOD.sig}=`],
    ["base64 with spaces", ` ${GOOD.sig}`],
    ["base64 of something else", "AAAA"],
    ["one with a byte behind it", Buffer.from([...BYTES, 0]).toString("base64")],
  ])("refuses %s for a signature", (_, sig) => {
    expect(verify(signed({ ...GOOD, sig }))).toEqual(FALSE);
  });
});

describe("several signatures", () => {
  const stranger = createBox().signRelease(SIGNED);
  const bad = { ...GOOD, sig: OLD.sig };

  it("need one that verifies by a known key", () => {
    expect(verify(signed(stranger, GOOD))).toEqual(VERIFIED);
    expect(verify({ ...signed(OLD, GOOD), publishedAt: AFTER })).toEqual(VERIFIED);
  });

  it("are refused for one that a known key did not make", () => {
    expect(verify(signed(GOOD, { ...OLD, sig: GOOD.sig }))).toEqual(FALSE);
    expect(verify(signed(bad, GOOD))).toEqual(FALSE);
  });

  it("are read as far as 16 and no further", () => {
    const strangers = Array.from({ length: 16 }, () => stranger);
    expect(verify(signed(...strangers.slice(1), GOOD))).toEqual(VERIFIED);
    expect(verify(signed(...strangers, GOOD))).toEqual(UNTRUSTED);
  });
});

describe("a key that is out of use", () => {
  const RETIRED = { state: "verified", value: { keyId: retired.keyId } };

  it("counts for what was published before its end", () => {
    expect(verify({ ...signed(OLD), publishedAt: BEFORE })).toEqual(RETIRED);
    const end = new Date(retired.untilMs).toISOString();
    expect(verify({ ...signed(OLD), publishedAt: end })).toEqual(RETIRED);
  });

  it("does not count for what was published after it", () => {
    const failure = {
      state: "failed",
      step: "public-key",
      cause: "false",
      why: "The registry signed with a key that was out of use when this version was published.",
    };
    expect(verify({ ...signed(OLD), publishedAt: AFTER })).toEqual(failure);
    const later = new Date(retired.untilMs + 1).toISOString();
    expect(verify({ ...signed(OLD), publishedAt: later })).toEqual(failure);
  });

  it("leaves open what the registry gives no date of", () => {
    expect(verify(signed(OLD))).toEqual({
      state: "unknown",
      why: "the key is out of use, and the registry does not say when this was published",
    });
  });

  it("is false all the same where the signature is", () => {
    expect(verify(signed({ ...OLD, sig: GOOD.sig }))).toEqual(FALSE);
  });

  it("is followed by one that also signs what was there before it", () => {
    expect(verify({ ...signed(GOOD), publishedAt: BEFORE })).toEqual(VERIFIED);
  });
});

it("takes no other bytes than those that were signed", () => {
  const place = fc.nat({ max: BYTES.length - 1 });
  fc.assert(
    fc.property(place, fc.integer({ min: 1, max: 255 }), (index, mask) => {
      const sig = flipped(BYTES, index, mask).toString("base64");
      expect(verify(signed({ ...GOOD, sig }))).toEqual(FALSE);
    }),
  );
});

describe.skipIf(!hasGenuine)("genuine signatures (../shared/sigstore)", () => {
  const keys = hasGenuine ? genuineRegistryKeys() : NO_KEYS;
  const all = genuineSignatures();
  const state = (release: Release): string => verifyRegistrySignature(release, keys, true).state;
  /** Both are of 2023, when their key was in use. */
  const releaseFrom = ({ integrity, name, signatures, version }: GenuineSignature): Release =>
    releaseOf(
      { dist: { integrity, signatures: [...signatures] }, publishedAt: "2023-02-10T00:00:00Z" },
      { ...RELEASED, name, version },
    );

  it("verify", () => {
    expect(
      all.map(releaseFrom).map((release) => verifyRegistrySignature(release, keys, true)),
    ).toEqual(
      all.map(({ signatures: [signature] }) => ({
        state: "verified",
        value: { keyId: signature?.keyid },
      })),
    );
    expect(all.length).toBe(2);
  });

  it.each(all.map((given) => [given.name, given] as const))(
    "do not verify with one byte altered anywhere: %s",
    (_, given) => {
      const release = releaseFrom(given);
      const { integrityText = "", ref, signatures } = release;
      const [signature] = signatures;
      if (signature === undefined) throw new Error("there is no signature");
      const outcomes = (texts: readonly string[], change: (text: string) => Partial<Release>) =>
        texts.map((text) => state({ ...release, ...change(text) }));
      const signedBy = (text: string): Partial<Release> => ({
        signatures: [{ ...signature, signature: text }],
      });
      const signatureBytes = Buffer.from(signature.signature, "base64");
      const came = [
        ...outcomes(everyOther(ref.name), (name) => ({ ref: { ...ref, name } })),
        ...outcomes(everyOther(ref.version), (version) => ({ ref: { ...ref, version } })),
        ...outcomes(everyOther(integrityText), (text) => ({ integrityText: text })),
        ...outcomes(everyOther(signatureBytes, "base64"), signedBy),
      ];
      expect(came.length).toBeGreaterThan(170);
      expect(new Set(came)).toEqual(new Set(["failed"]));
    },
  );
});

/** With one bit of one byte changed, for every byte. */
function everyOther(
  given: string | Buffer,
  encoding: "latin1" | "base64" = "latin1",
): readonly string[] {
  const bytes = Buffer.from(given);
  return Array.from(bytes, (_, index) => flipped(bytes, index).toString(encoding));
}
