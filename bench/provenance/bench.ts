/*
 * How many bundles a second one core verifies: Veln, Sigstore's own JavaScript verifier, and the
 * cryptography alone.
 *
 *     node bench/provenance/bench.ts [--rounds 9] [--slice-ms 400]
 *
 * Everything happens in this one process and thread, in turns, so that all three have the same machine.
 */
import { createHash, sign, verify, type KeyObject } from "node:crypto";
import { parseArgs } from "node:util";
import { readBundle } from "../../src/provenance/bundle.ts";
import { verification } from "../../src/provenance/verification.ts";
import { verifyBundle } from "../../src/provenance/verify-bundle.ts";
import { parseJson } from "../../src/model/canonical.ts";
import { genuineBases, hasGenuine, type Base } from "../../test/support/sigstore/bases.ts";
import { ecdsaKeys, ed25519Keys } from "../../test/support/sigstore/keys.ts";
import { oracleVerification } from "../../test/support/sigstore/oracle.ts";
import { markdownTable, median, spread } from "../figures.ts";
import { describe, thisMachine } from "../machine.ts";

/** What no verifier gets around, keys imported and the authority's chain checked before. */
interface Floor {
  readonly p384: number;
  readonly p256: number;
  readonly ed25519: number;
  readonly hashes: number;
}

/** Certificate, signature and certificate timestamp; then promise, checkpoint, proof, timestamp. */
const KINDS: readonly (readonly [base: string, what: string, floor: Floor])[] = [
  [
    "npm provenance 0.2",
    "certificate, promise, proof",
    { p384: 1, p256: 4, ed25519: 0, hashes: 25 },
  ],
  ["npm provenance 0.1", "certificate, promise", { p384: 1, p256: 3, ed25519: 0, hashes: 5 }],
  ["npm publish 0.2", "key, promise, proof", { p384: 0, p256: 3, ed25519: 0, hashes: 22 }],
  ["npm publish 0.1", "key, promise", { p384: 0, p256: 2, ed25519: 0, hashes: 3 }],
  ["dsse, Rekor v2", "certificate, proof, timestamp", { p384: 2, p256: 2, ed25519: 1, hashes: 20 }],
];

type Way = "veln" | "theirs" | "floor";
const WAYS: readonly Way[] = ["veln", "theirs", "floor"];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    "slice-ms": { type: "string", default: "400" },
  },
});

if (hasGenuine) {
  console.log(measured(Number(values.rounds), Number(values["slice-ms"])));
} else {
  console.error("The genuine bundles (../shared/sigstore) are not beside this project.");
  process.exitCode = 69;
}

function measured(rounds: number, sliceMs: number): string {
  const bases = new Map(genuineBases().map((base) => [base.name, base]));
  const rows = KINDS.map(([name, what, floor]) => {
    const base = bases.get(name);
    if (base === undefined) throw new Error(`there is no "${name}"`);
    return rowOf(name, what, ratesOf(actsOn(base, floor), rounds, sliceMs));
  });
  const head = [
    "bundle",
    "has",
    "Veln /s",
    "@sigstore/verify /s",
    "floor /s",
    "× theirs",
    "of floor",
  ];
  const settings = `${String(rounds)} rounds of ${String(sliceMs)} ms a way; one thread; median (least–greatest).`;
  return `${describe(thisMachine())}\n${settings}\n\n${markdownTable(head, rows)}`;
}

function actsOn(base: Base, floor: Floor): Readonly<Record<Way, () => void>> {
  const text = JSON.stringify(base.bundle);
  const theirs = oracleVerification(base);
  return {
    veln: () => {
      const result = verification(() => verifyBundle(readBundle(text), base.trust, base.artifact));
      if (result.state === "failed") throw new Error(`${base.name}: ${result.why}`);
    },
    theirs: () => {
      theirs(parseJson(text));
    },
    floor: cryptographyOf(floor),
  };
}

/** Signatures over 64 bytes: hashing a longer message costs a thousandth of checking one. */
function cryptographyOf({ p384, p256, ed25519, hashes }: Floor): () => void {
  const message = Buffer.alloc(64, 7);
  const node = Buffer.alloc(65, 7);
  const checks = [
    ...many(p384, () => checkOf("sha384", ecdsaKeys("P-384"), message)),
    ...many(p256, () => checkOf("sha256", ecdsaKeys("P-256"), message)),
    ...many(ed25519, () => checkOf(null, ed25519Keys(), message)),
  ];
  return () => {
    if (!checks.every((check) => check())) throw new Error("a signature of the floor is wrong");
    for (let count = 0; count < hashes; count += 1) createHash("sha256").update(node).digest();
  };
}

function many<Value>(count: number, make: () => Value): readonly Value[] {
  return Array.from({ length: count }, make);
}

function checkOf(
  algorithm: string | null,
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  message: Buffer,
): () => boolean {
  const signature = sign(algorithm, message, privateKey);
  return () => verify(algorithm, message, publicKey, signature);
}

type Rates = Readonly<Record<Way, readonly number[]>>;

/** A round that does not count, for the compiler; then each round begins with another way. */
function ratesOf(acts: Readonly<Record<Way, () => void>>, rounds: number, sliceMs: number): Rates {
  for (const way of WAYS) perSecond(acts[way], sliceMs);
  const rates: Record<Way, number[]> = { veln: [], theirs: [], floor: [] };
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % WAYS.length;
    for (const way of [...WAYS.slice(turn), ...WAYS.slice(0, turn)]) {
      rates[way].push(perSecond(acts[way], sliceMs));
    }
  }
  return rates;
}

function perSecond(act: () => void, sliceMs: number): number {
  const start = performance.now();
  let acts = 0;
  let elapsedMs = 0;
  for (; elapsedMs < sliceMs; acts += 1) {
    act();
    elapsedMs = performance.now() - start;
  }
  return (acts * 1000) / elapsedMs;
}

/** Ratios are of neighbours in a round, then their median. */
function rowOf(name: string, what: string, { veln, theirs, floor }: Rates): readonly string[] {
  const against = (others: readonly number[]): number =>
    median(veln.map((rate, round) => rate / (others[round] ?? Number.NaN)));
  return [
    name,
    what,
    spread(veln, 0),
    spread(theirs, 0),
    spread(floor, 0),
    `${against(theirs).toFixed(1)} ×`,
    `${(against(floor) * 100).toFixed(0)} %`,
  ];
}
