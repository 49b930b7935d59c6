import { generateKeyPairSync } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxBases, type Base } from "../../test/support/sigstore/bases.ts";
import { createBox, type Box } from "../../test/support/sigstore/box.ts";
import { element, oid, sequence, tagged, TAG } from "../../test/support/sigstore/der.ts";
import {
  at,
  derEdited,
  flipped,
  pathsIn,
  put,
  type Path,
} from "../../test/support/sigstore/edit.ts";
import { github } from "../../test/support/sigstore/signers.ts";
import { githubProvenance } from "../../test/support/sigstore/statements.ts";
import type { Json, JsonObject } from "../model/canonical.ts";
import { isFailure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { STEPS } from "../model/provenance.ts";
import { bundleFrom, readBundle } from "./bundle.ts";
import { parseTrustRoot } from "./trust-root.ts";
import { verification, type Verification } from "./verification.ts";
import { verifyBundle, type VerifiedBundle } from "./verify-bundle.ts";

/** A case that takes longer fails. Far more than any needs, because tests share a busy machine. */
const CASE_MS = 10_000;

const BASES = boxBases();
const box = createBox();
const stamped = box.attest({ statement: githubProvenance(), signer: github(), timestamps: 32 });
const base = baseOf(box, stamped);

function baseOf({ trustRoot, keyFor }: Box, bundle: JsonObject): Base {
  const trust = { root: parseTrustRoot(trustRoot), keyFor };
  return {
    name: "",
    bundle,
    donor: bundle,
    trust,
    rootText: trustRoot,
    keys: [],
    artifact: undefined,
  };
}

function verify(bundle: Json, { trust, artifact }: Base = base): Verification<VerifiedBundle> {
  return verification(() => verifyBundle(bundleFrom(bundle), trust, artifact));
}

function verifyText(text: string): Verification<VerifiedBundle> {
  return verification(() => verifyBundle(readBundle(text), base.trust));
}

/** A refusal whose reason people can read: bounded, and without a character that moves the cursor. */
function isTyped(result: Verification<VerifiedBundle>): boolean {
  return (
    result.state === "failed" &&
    STEPS.includes(result.step) &&
    result.why.length > 0 &&
    result.why.length <= 400 &&
    printable(result.why, 400) === result.why
  );
}

const MATERIAL: Path = ["verificationMaterial"];
const ENTRY: Path = [...MATERIAL, "tlogEntries", 0];
const PROOF: Path = [...ENTRY, "inclusionProof"];
const CERTIFICATE: Path = [...MATERIAL, "certificate", "rawBytes"];
const STAMPS: Path = [...MATERIAL, "timestampVerificationData", "rfc3161Timestamps"];
const TOKEN: Path = [...STAMPS, 0, "signedTimestamp"];

const put64 = (path: Path, bytes: Uint8Array | string): Json =>
  put(stamped, path, Buffer.from(bytes).toString("base64"));

function bytesAt(path: Path): Buffer {
  const text = at(stamped, path);
  return Buffer.from(typeof text === "string" ? text : "", "base64");
}

const DEPTH = 100_000;
const MEGABYTES = 10 * 1024 * 1024;
const text = JSON.stringify(stamped);
const deepArray = `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`;
const deepObject = `${'{"a":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`;

const TEXTS: readonly (readonly [string, string])[] = [
  ["10 MB of white space", " ".repeat(MEGABYTES)],
  ["10 MB of white space around a bundle", `${text}${" ".repeat(MEGABYTES)}`],
  ["10 MB of one string", JSON.stringify("x".repeat(MEGABYTES))],
  ["10 MB of payload", text.replace('"payload":"', `"payload":"${"AAAA".repeat(MEGABYTES / 4)}`)],
  ["4 MB of payload", text.replace('"payload":"', `"payload":"${"AAAA".repeat(1_000_000)}`)],
  ["4 MB of backslashes", JSON.stringify("\\".repeat(2_000_000))],
  ["4 MB of quotation marks", `[${'"",'.repeat(1_300_000)}""]`],
  ["4 MB of names", `{${Array.from({ length: 300_000 }, (_, n) => `"${String(n)}":0`).join()}}`],
  ["arrays 100,000 deep", deepArray],
  ["objects 100,000 deep", deepObject],
  ["arrays 100,000 deep that do not close", "[".repeat(DEPTH)],
  ["arrays 100,000 deep for the material", `{"mediaType":"x","verificationMaterial":${deepArray}}`],
  [
    "objects 100,000 deep for a log entry",
    text.replace('"tlogEntries":[', `"tlogEntries":[${deepObject},`),
  ],
  [
    "objects 100,000 deep for a count",
    text.replace(/"logIndex":"\d+"/, `"logIndex":${deepObject}`),
  ],
  ["a lone surrogate in the label", text.replace("application/", "\\ud800application/")],
  ["a lone surrogate in a name", text.replace('"mediaType"', '"\\udc00"')],
  ["NUL in the label", text.replace("application/", "\\u0000application/")],
  ["an escape sequence of terminals in a name", text.replace('"mediaType"', '"\\u001b[2J\\u202e"')],
  ["a number beyond all numbers", text.replace(/"logIndex":"\d+"/, '"logIndex":1e999')],
  [
    "names of every object's own",
    text.replace('"mediaType"', '"__proto__":{"mediaType":1},"constructor"'),
  ],
];

describe("hostile text", () => {
  it.each(TEXTS)("is refused: %s", { timeout: CASE_MS }, (_, hostile) => {
    expect(isTyped(verifyText(hostile))).toBe(true);
  });
});

const many = <Value>(count: number, value: Value): readonly Value[] =>
  Array.from({ length: count }, () => value);

/** SEQUENCE in SEQUENCE, as deep as fits into so many bytes. */
function nested(bytesMax: number): Buffer {
  let der: Buffer = element(TAG.null);
  const shells: Buffer[] = [];
  let length = der.length;
  while (length < bytesMax - 4) {
    const head = sequence(Buffer.alloc(length)).subarray(0, -length || undefined);
    shells.push(head);
    length += head.length;
  }
  der = Buffer.concat([...shells.reverse(), der]);
  return der;
}

const deepDer = nested(60_000);
const hugeLengths = [
  Buffer.from("3084ffffffff00", "hex"),
  Buffer.from("3088ffffffffffffffff00", "hex"),
  Buffer.from("30ff00", "hex"),
  Buffer.from("308300ffff00", "hex"),
  Buffer.from("3083ffffff00", "hex"),
  Buffer.from("3080000000", "hex"),
  Buffer.from("1fffffffffff7f00", "hex"),
];
const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
const weak = rsa.publicKey.export({ format: "der", type: "spki" });
const entry = at(stamped, ENTRY) ?? null;
const hash = at(stamped, [...PROOF, "hashes", 0]) ?? null;
const raw = { rawBytes: at(stamped, CERTIFICATE) ?? null };
const checkpoint = at(stamped, [...PROOF, "checkpoint", "envelope"]);
const note = typeof checkpoint === "string" ? checkpoint : "";
const line = note.slice(note.indexOf("—"));
const embedded = (certificates: readonly Buffer[]): Json =>
  put64(
    TOKEN,
    derEdited(bytesAt(TOKEN), [1, 1, 0, 3], () => tagged(0, ...certificates)),
  );
const chained = (count: number): Json =>
  put(
    put(stamped, [...MATERIAL, "certificate"], undefined),
    [...MATERIAL, "x509CertificateChain"],
    {
      certificates: many(count, raw),
    },
  );
const withNames = (count: number): Json =>
  put64(
    CERTIFICATE,
    derEdited(bytesAt(CERTIFICATE), [0, 7, 0], () =>
      sequence(...many(count, sequence(oid("1.2.3"), element(TAG.octetString)))),
    ),
  );

const BUNDLES: readonly (readonly [string, Json])[] = [
  ["10,000 certificates", chained(10_000)],
  ["10,000 log entries", put(stamped, [...MATERIAL, "tlogEntries"], many(10_000, entry))],
  ["32 times the same log entry", put(stamped, [...MATERIAL, "tlogEntries"], many(32, entry))],
  ["100,000 hashes", put(stamped, [...PROOF, "hashes"], many(100_000, hash))],
  ["64 hashes", put(stamped, [...PROOF, "hashes"], many(64, hash))],
  ["10,000 timestamps", put(stamped, STAMPS, many(10_000, at(stamped, [...STAMPS, 0]) ?? null))],
  [
    "10,000 signatures",
    put(stamped, ["dsseEnvelope", "signatures"], many(10_000, { sig: "AAAA" })),
  ],
  [
    "10,000 signatures of a checkpoint",
    put(stamped, [...PROOF, "checkpoint", "envelope"], note + line.repeat(10_000)),
  ],
  [
    "a checkpoint of line ends",
    put(stamped, [...PROOF, "checkpoint", "envelope"], "\n".repeat(60_000)),
  ],
  [
    "a checkpoint of dashes",
    put(stamped, [...PROOF, "checkpoint", "envelope"], `a\n1\nb\n\n${"— ".repeat(30_000)}\n`),
  ],
  ["a certificate of nested sequences", put64(CERTIFICATE, deepDer)],
  ["a timestamp of nested sequences", put64(TOKEN, deepDer)],
  [
    "a token of nested sequences",
    put64(
      TOKEN,
      derEdited(bytesAt(TOKEN), [1, 1, 0], () => nested(30_000)),
    ),
  ],
  ...hugeLengths.map(
    (der) => [`a certificate that begins ${der.toString("hex")}`, put64(CERTIFICATE, der)] as const,
  ),
  ...hugeLengths.map(
    (der) => [`a timestamp that begins ${der.toString("hex")}`, put64(TOKEN, der)] as const,
  ),
  ["a certificate of 1,000 extensions", withNames(1000)],
  ["a certificate of 5,000 extensions", withNames(5000)],
  ["a certificate of 64 KiB", put64(CERTIFICATE, Buffer.alloc(64 * 1024, 0x30))],
  ["a certificate of 3 MB", put64(CERTIFICATE, Buffer.alloc(3_000_000, 0x30))],
  [
    "a certificate with a weak key",
    put64(
      CERTIFICATE,
      derEdited(bytesAt(CERTIFICATE), [0, 6], () => weak),
    ),
  ],
  [
    "a certificate with a key on no known curve",
    put64(
      CERTIFICATE,
      derEdited(bytesAt(CERTIFICATE), [0, 6], (spki) => flipped(spki, 20)),
    ),
  ],
  ["a timestamp with 25 certificates", embedded(many(25, bytesAt(CERTIFICATE)))],
  ["a timestamp with 20,000 empty certificates", embedded(many(20_000, sequence()))],
  [
    "a signature of 60 KB",
    put64(
      ["dsseEnvelope", "signatures", 0, "sig"],
      sequence(
        element(TAG.integer, Buffer.alloc(30_000, 1)),
        element(TAG.integer, Buffer.alloc(30_000, 1)),
      ),
    ),
  ],
  ["a body nested 100,000 deep", put64([...ENTRY, "canonicalizedBody"], deepObject)],
  ["a body of arrays nested 100,000 deep", put64([...ENTRY, "canonicalizedBody"], deepArray)],
  ["a body that is not UTF-8", put64([...ENTRY, "canonicalizedBody"], Buffer.alloc(1000, 0xff))],
  [
    "a body of 3 MB",
    put64([...ENTRY, "canonicalizedBody"], JSON.stringify({ a: "x".repeat(3_000_000) })),
  ],
  [
    "a hint of terminal escapes",
    put(put(stamped, [...MATERIAL, "certificate"], undefined), [...MATERIAL, "publicKey"], {
      hint: "\u001b[2J\u202e\ud800\0",
    }),
  ],
  [
    "a kind of terminal escapes",
    put(stamped, [...ENTRY, "kindVersion"], { kind: "\u001b]0;x\u0007", version: "\u009b2J" }),
  ],
  [
    "a log of prototype's names",
    put(stamped, [...ENTRY, "kindVersion"], { kind: "__proto__", version: "constructor" }),
  ],
];

describe("hostile bundles", () => {
  it.each(BUNDLES)("are refused: %s", { timeout: CASE_MS }, (_, hostile) => {
    expect(isTyped(verify(hostile))).toBe(true);
  });

  it("may hold 32 timestamps that are all right", { timeout: CASE_MS }, () => {
    expect(verify(stamped)).toMatchObject({ state: "verified" });
  });
});

const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const odd = fc.constantFrom<Json>(null, true, -0, 1e308, "", "\ud800", "\0", [], {}, [[]]);

describe("shapes", () => {
  it("are refused, whatever JSON it is", () => {
    fc.assert(
      fc.property(anyJson, (json) => {
        expect(isTyped(verify(json))).toBe(true);
        expect(isTyped(verifyText(JSON.stringify(json)))).toBe(true);
      }),
    );
  });

  it("are refused, or say the same, whatever stands in one place or three", () => {
    const place = fc.record({ at: fc.nat(), value: fc.oneof(anyJson, odd) });
    fc.assert(
      fc.property(
        fc.constantFrom(...BASES),
        fc.array(place, { minLength: 1, maxLength: 3 }),
        (from, places) => {
          const changed = places.reduce<Json>((json, { at, value }) => {
            const paths = pathsIn(json);
            return put(json, paths[at % paths.length] ?? [], value);
          }, from.bundle);
          const result = verify(changed, from);
          const { content } = bundleFrom(from.bundle);
          const isHarmless =
            result.state === "verified" && isDeepStrictEqual(result.value.content, content);
          expect(isHarmless || isTyped(result)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["certificate", CERTIFICATE],
    ["timestamp", TOKEN],
    ["body", [...ENTRY, "canonicalizedBody"]],
    ["promise", [...ENTRY, "inclusionPromise", "signedEntryTimestamp"]],
  ] satisfies [string, Path][])("are refused, whatever bytes: %s", (_, path) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(isTyped(verify(put64(path, bytes)))).toBe(true);
      }),
    );
  });

  it.each([
    ["certificate", CERTIFICATE],
    ["timestamp", TOKEN],
  ] satisfies [string, Path][])("are refused, whatever stands within the DER: %s", (_, path) => {
    const der = bytesAt(path);
    const bytes = fc.uint8Array({ maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(8), bytes, (start, length, inserted) => {
        const changed = Buffer.concat([
          der.subarray(0, start),
          inserted,
          der.subarray(start + length),
        ]);
        if (changed.equals(der)) return;
        expect(isTyped(verify(put64(path, changed)))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("are refused, whatever text the checkpoint is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(isTyped(verify(put(stamped, [...PROOF, "checkpoint", "envelope"], text)))).toBe(
          true,
        );
      }),
    );
  });
});

describe("hostile trust roots", () => {
  const root = JSON.parse(base.rootText) as JsonObject;
  const isRefused = (text: string): boolean => {
    try {
      parseTrustRoot(text);
      return false;
    } catch (error) {
      if (!isFailure(error, "bad-config")) throw error;
      return true;
    }
  };

  it.each([
    ["10 MB of white space", " ".repeat(MEGABYTES)],
    ["objects 100,000 deep", deepObject],
    ["arrays 100,000 deep", deepArray],
    [
      "objects 100,000 deep for a log",
      base.rootText.replace('"tlogs":[', `"tlogs":[${deepObject},`),
    ],
    [
      "10,000 logs",
      JSON.stringify(put(root, ["tlogs"], many(10_000, at(root, ["tlogs", 0]) ?? null))),
    ],
    [
      "a certificate of nested sequences",
      JSON.stringify(
        put(
          root,
          ["certificateAuthorities", 0, "certChain", "certificates", 0, "rawBytes"],
          deepDer.toString("base64"),
        ),
      ),
    ],
    [
      "1,000 certificates in a chain",
      JSON.stringify(
        put(root, ["certificateAuthorities", 0, "certChain", "certificates"], many(1000, raw)),
      ),
    ],
  ])("are refused: %s", { timeout: CASE_MS }, (_, hostile) => {
    expect(isRefused(hostile)).toBe(true);
  });

  it("are refused as a bad configuration, or read, whatever stands in one place", () => {
    const paths = pathsIn(root);
    fc.assert(
      fc.property(fc.nat(paths.length - 1), fc.oneof(anyJson, odd), (place, value) => {
        const changed = put(root, paths[place] ?? [], value);
        expect(typeof isRefused(JSON.stringify(changed))).toBe("boolean");
      }),
      { numRuns: 1000 },
    );
  });
});
