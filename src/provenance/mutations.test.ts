import { describe, expect, it } from "vitest";
import {
  boxBases,
  genuineBases,
  hasGenuine,
  type Base,
} from "../../test/support/sigstore/bases.ts";
import {
  FEWER_TIMES,
  MUTATIONS,
  TOLERATED,
  type Mutation,
} from "../../test/support/sigstore/mutations.ts";
import type { Json } from "../model/canonical.ts";
import { bundleFrom } from "./bundle.ts";
import { verification, type Verification } from "./verification.ts";
import { verifyBundle, type VerifiedBundle } from "./verify-bundle.ts";

const bases = [...boxBases(), ...(hasGenuine ? genuineBases() : [])];

function verify(bundle: Json, { trust, artifact }: Base): Verification<VerifiedBundle> {
  return verification(() => verifyBundle(bundleFrom(bundle), trust, artifact));
}

describe("bundles of every kind", () => {
  it.each(bases.map((base) => [base.name, base] as const))("verify as they are: %s", (_, base) => {
    expect(verify(base.bundle, base)).toMatchObject({ state: "verified" });
  });
});

describe("dbg", () => {
  it("x", () => {
    for (const m of MUTATIONS) {
      const res = new Map<string, string[]>();
      for (const base of bases) {
        let k: string;
        try {
          const mutated = m.mutate(base.bundle, base);
          if (mutated === undefined) continue;
          const r = verify(mutated, base);
          k = r.state === "verified" ? "VERIFIED" : r.step;
        } catch (e) {
          k = "THROW " + String((e as Error).stack).slice(0, 300);
        }
        res.set(k, [...(res.get(k) ?? []), base.name]);
      }
      const allowed = m.steps.length === 0 ? ["VERIFIED"] : m.steps;
      const bad = [...res].filter(([k]) => !allowed.includes(k as never));
      if (res.size === 0) console.log("NOWHERE", m.name);
      for (const [k, names] of bad)
        console.log(m.name, "|", allowed.join(), "| got", k, "|", names.join("; "));
    }
    console.log(MUTATIONS.length);
  });
});
