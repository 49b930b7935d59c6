import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  boxBases,
  genuineBases,
  hasGenuine,
  type Base,
} from "../../test/support/sigstore/bases.ts";
import { at, flipped, pathsIn, put } from "../../test/support/sigstore/edit.ts";
import {
  FEWER_TIMES,
  TOLERATED,
  type Mutation,
} from "../../test/support/sigstore/mutations/mutation.ts";
import { MUTATIONS } from "../../test/support/sigstore/mutations/mutations.ts";
import { canonicalJson, parseJson, type Json } from "../model/canonical.ts";
import { exactBase64 } from "./base64.ts";
import { bundleFrom, readBundle } from "./bundle.ts";
import { verification, type Verification } from "./verification.ts";
import { verifyBundle, type VerifiedBundle } from "./verify-bundle.ts";

/** Made here, so that every mutation has something to change where the genuine data is missing. */
const BOXES = boxBases();
const GENUINE = hasGenuine ? genuineBases() : [];
const BASES = [...BOXES, ...GENUINE];

function verify(bundle: Json, { trust, artifact }: Base): Verification<VerifiedBundle> {
  return verification(() => verifyBundle(bundleFrom(bundle), trust, artifact));
}

function verifyText(text: string, { trust, artifact }: Base): Verification<VerifiedBundle> {
  return verification(() => verifyBundle(readBundle(text), trust, artifact));
}

/** What a bundle says; a mutation that is tolerated may not change it. */
function meaningOf(bundle: Json, base: Base): VerifiedBundle {
  const result = verify(bundle, base);
  if (result.state === "failed") throw new Error(`${base.name} is refused: ${result.why}`);
  return result.value;
}

describe("bundles of every kind", () => {
  it.each(BASES.map((base) => [base.name, base] as const))("verify as they are: %s", (_, base) => {
    expect(verify(base.bundle, base)).toMatchObject({ state: "verified" });
  });

  it.skipIf(!hasGenuine)("are genuine ones of nine kinds", () => {
    expect(GENUINE.length).toBe(9);
  });
});

interface Outcome {
  readonly base: string;
  readonly came: string;
}

/** What came of a mutation wherever it applies, in one word each. */
function outcomesOf(mutation: Mutation, bases: readonly Base[]): readonly Outcome[] {
  return bases.flatMap((base) => {
    const mutated = mutation.mutate(base.bundle, base);
    if (mutated === undefined) return [];
    const result = verify(mutated, base);
    if (result.state === "failed") return [{ base: base.name, came: result.step }];
    const came = saysTheSame(result.value, base, mutation) ? "the same" : "something else";
    return [{ base: base.name, came }];
  });
}

function saysTheSame(value: VerifiedBundle, base: Base, { name }: Mutation): boolean {
  const { timesMs, ...before } = meaningOf(base.bundle, base);
  const { timesMs: leftMs, ...after } = value;
  const isSameTime = FEWER_TIMES.has(name)
    ? leftMs.every((timeMs) => timesMs.includes(timeMs))
    : leftMs.join() === timesMs.join();
  return isSameTime && JSON.stringify(comparable(after)) === JSON.stringify(comparable(before));
}

function comparable({ signer, content }: Pick<VerifiedBundle, "signer" | "content">): unknown {
  if (signer.kind === "key") return { signer, content };
  const { claims, ...identity } = signer.identity;
  return { identity, claims: [...claims], content };
}

describe("a bundle that was changed", () => {
  const named = MUTATIONS.map((mutation) => [mutation.name, mutation] as const);
  const isTolerated = ({ steps }: Mutation): boolean => steps.length === 0;

  it.each(named.filter(([, mutation]) => !isTolerated(mutation)))(
    "is refused: %s",
    (_, mutation) => {
      const outcomes = outcomesOf(mutation, BASES);
      const allowed: readonly string[] = mutation.steps;
      expect(outcomes.filter(({ came }) => !allowed.includes(came))).toEqual([]);
      expect(outcomesOf(mutation, BOXES)).not.toEqual([]);
    },
  );

  it.each(named.filter(([, mutation]) => isTolerated(mutation)))(
    "says the same: %s",
    (_, mutation) => {
      const outcomes = outcomesOf(mutation, BASES);
      expect(outcomes.filter(({ came }) => came !== "the same")).toEqual([]);
      expect(outcomesOf(mutation, BOXES)).not.toEqual([]);
    },
  );

  it("was changed in more than two hundred ways, of which the documentation lists what is tolerated", () => {
    const names = MUTATIONS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(200);
    const mutated = MUTATIONS.filter(isTolerated).map(({ name }) => name);
    expect(mutated.sort()).toEqual([...TOLERATED].sort());
    expect(documented()).toEqual([...TOLERATED, ...TOLERATED_IN_TEXT.map(([name]) => name)]);
  });
});

/** First column of the table in the documentation. */
function documented(): readonly string[] {
  const file = fileURLToPath(new URL("../../docs/provenance.md", import.meta.url));
  const [, table = ""] = readFileSync(file, "utf8").split(/<!-- (?:end of )?tolerated -->/);
  return [...table.matchAll(/^\| (.+?) \|/gm)].map(([, name = ""]) => name).slice(2);
}

const TOLERATED_IN_TEXT: readonly (readonly [string, (base: Base) => string])[] = [
  ["other white space in the JSON", ({ bundle }) => JSON.stringify(bundle, undefined, "\t")],
  ["members in another order", ({ bundle }) => canonicalJson(bundle)],
  [
    "characters of strings written as escapes",
    ({ bundle }) => JSON.stringify(bundle).replaceAll("=", "\\u003d"),
  ],
];

const REFUSED_IN_TEXT: readonly (readonly [string, (text: string) => string])[] = [
  [
    "a field twice, the same",
    (text) => text.replace('"mediaType":', '"mediaType":"x","mediaType":'),
  ],
  ["a field twice, its name escaped", (text) => text.replace("{", '{"\\u006dediaType":"x",')],
  [
    "a field twice, deep inside",
    (text) => text.replace('"logIndex":', '"logIndex":"1","logIndex":'),
  ],
  ["a byte order mark", (text) => `\ufeff${text}`],
  ["something behind it", (text) => `${text}{}`],
  ["NUL behind it", (text) => `${text}\0`],
  ["a comment", (text) => `/**/${text}`],
  ["a comma at the end", (text) => text.replace(/\}$/, ",}")],
  ["text cut short", (text) => text.slice(0, -1)],
  ["no text", () => ""],
  ["null", () => "null"],
  ["a list", (text) => `[${text}]`],
  ["a string", (text) => JSON.stringify(text)],
];

describe("a bundle's text", () => {
  it.each(TOLERATED_IN_TEXT)("says the same: %s", (_, write) => {
    const others = BASES.filter((base) => {
      const result = verifyText(write(base), base);
      return (
        result.state === "failed" || !saysTheSame(result.value, base, { name: "" } as Mutation)
      );
    });
    expect(others.map(({ name }) => name)).toEqual([]);
  });

  it.each(REFUSED_IN_TEXT)("is refused: %s", (_, change) => {
    const came = BASES.map((base) => verifyText(change(JSON.stringify(base.bundle)), base));
    expect(
      came.filter((result) => result.state === "verified" || result.step !== "bundle"),
    ).toEqual([]);
  });
});

const SHAPES: readonly (Json | undefined)[] = [
  undefined,
  null,
  true,
  0,
  12.5,
  "",
  "x",
  "0",
  "\ud800",
  "\0",
  [],
  {},
  [[]],
  [null],
  { length: 1 },
];

/** Members that may go, or be null, or empty: see the documentation's table. */
const MAY_BE_EMPTY = [
  // Null, {} or nothing for each other; a time that is left out must leave another.
  /^verificationMaterial\.timestampVerificationData$/,
  /^verificationMaterial\.timestampVerificationData\.rfc3161Timestamps(\.\d)?$/,
  /^dsseEnvelope\.signatures\.0\.keyid$/,
  // Null already.
  /^verificationMaterial\.tlogEntries\.0\.inclusionProof$/,
  // The authority's own, from the end.
  /^verificationMaterial\.x509CertificateChain\.certificates\.[12]$/,
];

describe("a bundle of which one member has another shape", () => {
  it.each(BASES.map((base) => [base.name, base] as const))(
    "is refused, or says the same where nothing was said: %s",
    (_, base) => {
      const accepted = pathsIn(base.bundle)
        .filter((path) => path.length > 0)
        .flatMap((path) =>
          SHAPES.filter((shape) => JSON.stringify(at(base.bundle, path)) !== JSON.stringify(shape))
            .filter((shape) => verify(put(base.bundle, path, shape), base).state === "verified")
            .map((shape) => ({ path: path.join("."), shape })),
        );
      const empty = new Set([undefined, "null", "{}", "[]"]);
      const wrong = accepted.filter(
        ({ path, shape }) =>
          !empty.has(JSON.stringify(shape)) || !MAY_BE_EMPTY.some((known) => known.test(path)),
      );
      expect(wrong).toEqual([]);
    },
  );
});

const FLIPPED = new Set([
  "npm provenance 0.2",
  "npm publish 0.2",
  "npm provenance 0.1",
  "message, Rekor v2",
  "box: promise, proof and two timestamps",
  "box: key, Rekor v2",
]);

describe("a bundle with one bit flipped", () => {
  const chosen = BASES.filter(({ name }) => FLIPPED.has(name));

  it.each(chosen.map((base) => [base.name, base] as const))(
    "is refused, whichever byte of its text it is: %s",
    { timeout: 120_000 },
    (_, base) => {
      const text = Buffer.from(JSON.stringify(base.bundle));
      const accepted = [...text.keys()]
        .map((index) => flipped(text, index).toString())
        .filter((changed) => verifyText(changed, base).state === "verified");
      // "0.2" and "0.3" are a bit apart, and both right for a key: that is in the table.
      const mediaType = at(base.bundle, ["mediaType"]);
      const relabelled = accepted.map((changed) =>
        put(parseJson(changed), ["mediaType"], mediaType),
      );
      expect(relabelled.filter((json) => JSON.stringify(json) !== text.toString())).toEqual([]);
    },
  );

  it.each(chosen.map((base) => [base.name, base] as const))(
    "is refused, whichever byte of its base64 it is: %s",
    { timeout: 120_000 },
    (_, base) => {
      const masks = base.artifact === undefined ? [0x01] : [0x01, 0x80];
      const accepted = pathsIn(base.bundle).flatMap((path) => {
        const value = at(base.bundle, path);
        const bytes =
          typeof value === "string" && value.length > 3 ? exactBase64(value) : undefined;
        return [...(bytes ?? Buffer.alloc(0)).keys()].flatMap((index) =>
          masks.filter((mask) => {
            const changed = flipped(bytes ?? Buffer.alloc(0), index, mask).toString("base64");
            return verify(put(base.bundle, path, changed), base).state === "verified";
          }),
        );
      });
      expect(accepted).toEqual([]);
    },
  );
});
