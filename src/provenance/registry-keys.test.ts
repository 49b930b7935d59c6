import { generateKeyPairSync, hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../model/canonical.ts";
import { Failure } from "../model/failure.ts";
import { parseRegistryKeys, type KeyUsage, type RegistryKeys } from "./registry-keys.ts";

const GENUINE = fileURLToPath(new URL("../../../shared/sigstore/npm-keys.json", import.meta.url));
const USAGES: readonly KeyUsage[] = ["npm:signatures", "npm:attestations"];

interface Made {
  readonly keyId: string;
  readonly spki: string;
}

/** The fingerprint by another way than ours: the blob that OpenSSH calls the key by (RFC 4253, 6.6). */
function made(): Made {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const blob =
    "00000013" +
    Buffer.from("ecdsa-sha2-nistp256").toString("hex") +
    "00000008" +
    Buffer.from("nistp256").toString("hex") +
    "0000004104" +
    Buffer.from(x ?? "", "base64url").toString("hex") +
    Buffer.from(y ?? "", "base64url").toString("hex");
  const digest = hash("sha256", Buffer.from(blob, "hex"), "base64");
  const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  return { keyId: `SHA256:${digest.slice(0, 43)}`, spki };
}

const ONE = made();
const OTHER = made();
const FROM = "2022-12-01T00:00:00.000Z";
const UNTIL = "2025-01-29T00:00:00.000Z";

function target(key: Made, changes: JsonObject = {}, inKey: JsonObject = {}): JsonObject {
  return {
    keyId: key.keyId,
    keyUsage: "npm:signatures",
    publicKey: {
      rawBytes: key.spki,
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor: { start: FROM, end: UNTIL },
      ...inKey,
    },
    ...changes,
  };
}

function endpoint(key: Made, changes: JsonObject = {}): JsonObject {
  const type = "ecdsa-sha2-nistp256";
  return {
    expires: null,
    keyid: key.keyId,
    keytype: type,
    scheme: type,
    key: key.spki,
    ...changes,
  };
}

function parse(...keys: readonly JsonObject[]): RegistryKeys {
  return parseRegistryKeys(JSON.stringify({ keys }));
}

/** All that can be asked of keys, as values that can be compared. */
function shown(keys: RegistryKeys, ids: readonly string[] = [ONE.keyId, OTHER.keyId]) {
  const found = USAGES.flatMap((usage) =>
    ids.flatMap((id) => {
      const trusted = keys.keyFor(usage, id);
      if (trusted === undefined) return [];
      const { keyId, key, fromMs, untilMs } = trusted;
      const spki = key.export({ format: "der", type: "spki" }).toString("base64");
      return [{ usage, keyId, spki, fromMs, untilMs }];
    }),
  );
  return { size: keys.size, refused: keys.refused, found };
}

function refusal(text: string): unknown {
  try {
    return parseRegistryKeys(text);
  } catch (error) {
    return error instanceof Failure ? { code: error.code, message: error.message } : error;
  }
}

describe("the keys of a registry, as TUF publishes them", () => {
  it("are for the usage and the period they say", () => {
    const keys = parse(
      target(ONE),
      target(ONE, { keyUsage: "npm:attestations" }, { validFor: { start: FROM } }),
      target(OTHER, { keyUsage: "npm:attestations" }, { validFor: { start: FROM, end: null } }),
    );
    const fromMs = Date.parse(FROM);
    expect(shown(keys)).toEqual({
      size: 3,
      refused: [],
      found: [
        { usage: "npm:signatures", ...ONE, fromMs, untilMs: Date.parse(UNTIL) },
        { usage: "npm:attestations", ...ONE, fromMs, untilMs: Number.POSITIVE_INFINITY },
        { usage: "npm:attestations", ...OTHER, fromMs, untilMs: Number.POSITIVE_INFINITY },
      ],
    });
  });

  it.skipIf(!existsSync(GENUINE))("are read from the genuine target (../shared/sigstore)", () => {
    const text = readFileSync(GENUINE, "utf8");
    const old = "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA";
    const current = "SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U";
    const { size, refused, found } = shown(parseRegistryKeys(text), [old, current]);
    expect({ size, refused }).toEqual({ size: 4, refused: [] });
    expect(
      found.map(({ usage, keyId, fromMs, untilMs }) => [
        usage,
        keyId,
        new Date(fromMs).toISOString(),
        untilMs === Number.POSITIVE_INFINITY ? "open" : new Date(untilMs).toISOString(),
      ]),
    ).toEqual([
      ["npm:signatures", old, "1999-01-01T00:00:00.000Z", UNTIL],
      ["npm:signatures", current, "2025-01-13T00:00:00.000Z", "open"],
      ["npm:attestations", old, FROM, UNTIL],
      ["npm:attestations", current, "2025-01-13T00:00:00.000Z", "open"],
    ]);
  });
});

describe("the keys of a registry, as its endpoint answers", () => {
  it("are for both usages, until they expire", () => {
    const window = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Date.parse(UNTIL) };
    expect(shown(parse(endpoint(ONE, { expires: UNTIL }), endpoint(OTHER)))).toEqual({
      size: 4,
      refused: [],
      found: [
        { usage: "npm:signatures", ...ONE, ...window },
        {
          usage: "npm:signatures",
          ...OTHER,
          fromMs: Number.NEGATIVE_INFINITY,
          untilMs: Number.POSITIVE_INFINITY,
        },
        { usage: "npm:attestations", ...ONE, ...window },
        {
          usage: "npm:attestations",
          ...OTHER,
          fromMs: Number.NEGATIVE_INFINITY,
          untilMs: Number.POSITIVE_INFINITY,
        },
      ],
    });
  });
});

describe("an entry that is wrong", () => {
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({
    format: "der",
    type: "spki",
  });
  const spki = Buffer.from(ONE.spki, "base64");
  const offCurve = Buffer.concat([spki.subarray(0, 90), Buffer.of((spki[90] ?? 0) ^ 1)]);
  const trailing = Buffer.concat([spki, Buffer.of(0)]).toString("base64");

  const ID = "Its id is not the key's fingerprint.";
  const KIND = "It is of a kind that is not known.";
  const KEY = "It is no P-256 key.";
  const DATES = "Its period of validity is not given by dates.";
  const cases: readonly (readonly [string, JsonObject, string])[] = [
    ["the other key's id", target(ONE, { keyId: OTHER.keyId }), ID],
    ["an id with padding", target(ONE, { keyId: `${ONE.keyId}=` }), ID],
    ["no id at all", target(ONE, { keyId: null }), ID],
    [
      "a usage of another kind",
      target(ONE, { keyUsage: "npm:anything" }),
      "Its usage is not known.",
    ],
    ["no usage", target(ONE, { keyUsage: null }), "Its usage is not known."],
    ["no key", target(ONE, { publicKey: null }), KIND],
    ["another algorithm", target(ONE, {}, { keyDetails: "PKIX_ED25519" }), KIND],
    ["another curve", target(ONE, {}, { rawBytes: p384.toString("base64") }), KEY],
    ["bytes after the key", target(ONE, {}, { rawBytes: trailing }), KEY],
    ["base64 with a line break", target(ONE, {}, { rawBytes: `${ONE.spki}\n` }), KEY],
    ["bytes that are a list", target(ONE, {}, { rawBytes: [] }), KEY],
    ["another point", target(ONE, {}, { rawBytes: offCurve.toString("base64") }), ID],
    ["no period", target(ONE, {}, { validFor: null }), "It has no period of validity."],
    ["no start", target(ONE, {}, { validFor: { end: UNTIL } }), DATES],
    ["an end that is no date", target(ONE, {}, { validFor: { start: FROM, end: "soon" } }), DATES],
    ["a day that is none", target(ONE, {}, { validFor: { start: "2023-02-30T00:00:00Z" } }), DATES],
    ["a year as a number", target(ONE, {}, { validFor: { start: 2022 } }), DATES],
    ["another key type", endpoint(ONE, { keytype: "ssh-ed25519" }), KIND],
    ["another scheme", endpoint(ONE, { scheme: "rsa" }), KIND],
    ["the other key", endpoint(ONE, { key: OTHER.spki }), ID],
    ["an expiry that is no date", endpoint(ONE, { expires: "never" }), DATES],
  ];

  it.each(cases)("with %s is refused alone", (_what, entry, why) => {
    const claimed = entry["keyId"] ?? entry["keyid"];
    expect(shown(parse(entry, endpoint(OTHER)))).toEqual({
      ...shown(parse(endpoint(OTHER))),
      refused: [{ keyId: typeof claimed === "string" ? claimed : "", why }],
    });
  });

  it("without any expiry is refused, because silence is not 'never'", () => {
    const { expires: _, ...silent } = endpoint(ONE);
    expect(shown(parse(silent))).toEqual({
      size: 0,
      refused: [{ keyId: ONE.keyId, why: DATES }],
      found: [],
    });
  });

  it("is shown printable and short", () => {
    const [refused] = parse(target(ONE, { keyId: `\u001b[2J${"x".repeat(10_000)}` })).refused;
    expect(refused?.keyId).toBe(`\\u{1b}[2J${"x".repeat(75)}…`);
  });

  it("that is listed twice for one usage is refused, the other usage stays", () => {
    const keys = parse(
      target(ONE),
      target(ONE, {}, { validFor: { start: FROM } }),
      target(ONE, { keyUsage: "npm:attestations" }),
    );
    expect(shown(keys)).toEqual({
      size: 1,
      refused: [{ keyId: ONE.keyId, why: "It is listed twice for one usage." }],
      found: [
        {
          usage: "npm:attestations",
          ...ONE,
          fromMs: Date.parse(FROM),
          untilMs: Date.parse(UNTIL),
        },
      ],
    });
  });
});

describe("a text that is no list of keys", () => {
  const wrong = (why: string) => ({
    code: "bad-metadata",
    message: `The registry's keys cannot be used: ${why}`,
  });

  it.each([
    ["[]", "they are no list of keys."],
    ["null", "they are no list of keys."],
    ['{"keys":{}}', "they are no list of keys."],
    ['{"keys":[1]}', "they are no list of keys."],
    ['{"keys":[],"keys":[]}', "a field is there twice."],
    [JSON.stringify({ keys: Array.from({ length: 257 }, () => ({})) }), "they are more than 256."],
    [" ".repeat(256 * 1024 + 1), "they are longer than 256 KiB."],
  ])("%.20s is refused whole", (text, why) => {
    expect(refusal(text)).toEqual(wrong(why));
  });

  it("is refused for what is not JSON", () => {
    expect(refusal("<html>")).toEqual({
      code: "bad-metadata",
      message: expect.stringMatching(/^The registry's keys cannot be used: they are not JSON \(/),
    });
  });

  it("never throws anything else, and never trusts a key under another name", () => {
    const field = fc.oneof(
      fc.constantFrom(ONE.keyId, OTHER.keyId, ONE.spki, OTHER.spki, FROM, UNTIL, "npm:signatures"),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const entry = fc
      .tuple(fc.constantFrom(target(ONE), endpoint(ONE)), fc.nat(5), field)
      .map(([base, at, value]) =>
        Object.fromEntries(
          Object.entries(base).map(([name, kept], index) => [name, index === at ? value : kept]),
        ),
      );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const keys = parseRegistryKeys(JSON.stringify({ keys: entries }));
        for (const { keyId, spki } of shown(keys).found) {
          expect(keyId).toBe(spki === ONE.spki ? ONE.keyId : OTHER.keyId);
        }
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(refusal(text)).toEqual({ code: "bad-metadata", message: expect.any(String) });
      }),
    );
  });

  it("trusts no key of which one bit differs", () => {
    const spki = Buffer.from(ONE.spki, "base64");
    fc.assert(
      fc.property(fc.nat(spki.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(spki);
        const at = bit >> 3;
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
        expect(parse(target(ONE, {}, { rawBytes: flipped.toString("base64") })).size).toBe(0);
      }),
    );
  });
});
