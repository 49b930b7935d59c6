import type { Registry } from "../acquire/registry.ts";
import type { Checked } from "../check.ts";
import { compareDigests, type Integrity } from "../model/digests.ts";
import { label, type PackageRef } from "../model/package-ref.ts";
import { originOf } from "../model/origin.ts";
import type { Policy } from "../model/policy.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Clock } from "../platform/clock.ts";
import type { Store } from "../store/store.ts";
import type { VerdictQuestion } from "../store/verdicts.ts";

/** Verdicts from earlier examinations, and the bytes they were about. */
export interface KnownVerdicts {
  recall(ref: PackageRef): Promise<{ verdict: Verdict; bytes: Uint8Array } | undefined>;
  remember(checked: Checked): Promise<void>;
  /** Tells what a registry's document says today, so that `recall` notices a contradiction. */
  noteClaims(name: string, claimsOf: (version: string) => readonly Integrity[] | undefined): void;
}

export interface KnownVerdictsDeps {
  readonly store: Store;
  readonly registry: Registry;
  readonly policy: Policy;
  /** See `rulesDigest`. */
  readonly rulesDigest: string;
  readonly signalsDigest: string;
  readonly clock: Clock;
}

/** Raised when the shape of a verdict changes: kept ones in the old shape are then not found. */
const VERDICT_FORMAT = "2";

export function createKnownVerdicts(deps: KnownVerdictsDeps): KnownVerdicts {
  const { store, registry, rulesDigest, signalsDigest } = deps;
  const contradicted = new Set<string>();
  const question = (ref: PackageRef): VerdictQuestion => ({
    registry: registry.baseUrl(ref.name),
    name: ref.name,
    version: ref.version,
    policyDigest: rulesDigest,
    signalsDigest: `${VERDICT_FORMAT}:${signalsDigest}`,
  });
  return {
    async recall(ref) {
      if (contradicted.has(label(ref))) return undefined;
      const asked = question(ref);
      const kept = store.verdicts.findByRef(asked);
      const seen = store.seen.firstSeen(asked.registry, ref.name, ref.version);
      if (kept === undefined || seen?.digests.sha512 !== kept.sha512) return undefined;
      const bytes = await store.tarballs.get(kept.sha512);
      return bytes === undefined ? undefined : { verdict: kept.verdict, bytes };
    },

    async remember(checked) {
      const { verdict, tarball } = checked;
      const asked = question(verdict.ref);
      // Bytes that were blocked may be somebody else's than the publisher's. They must not become
      // what this installation holds for the true ones, and a second look at them is cheap.
      if (verdict.decision === "block") return;
      store.seen.remember(sightingOf(checked, asked.registry));
      if (verdict.decision === "hold") return;
      rememberOrigin(checked, asked.registry, store);
      store.verdicts.keep({ ...asked, sha512: tarball.digests.sha512 }, verdict, expiryOf(deps));
      await store.tarballs.put(tarball.bytes, tarball.digests.sha512);
    },

    noteClaims(name, claimsOf) {
      const registryUrl = registry.baseUrl(name);
      for (const { version, digests } of store.seen.versionsOf(registryUrl, name)) {
        const claims = claimsOf(version);
        if (claims === undefined || compareDigests(digests, claims) !== "different") continue;
        contradicted.add(label({ ecosystem: "npm", name, version }));
      }
    },
  };
}

/** Of versions that install only: what was held or blocked must not become what is expected. */
function rememberOrigin({ verdict, tarball }: Checked, registry: string, store: Store): void {
  const { name, version } = verdict.ref;
  const origin = verdict.provenance === undefined ? undefined : originOf(verdict.provenance);
  if (origin === undefined) return;
  store.origins.remember({ registry, name, version, origin, sha512: tarball.digests.sha512 });
}

function sightingOf(checked: Checked, registry: string): Parameters<Store["seen"]["remember"]>[0] {
  const { verdict, tarball, release, treeSha256 } = checked;
  return {
    registry,
    name: verdict.ref.name,
    version: verdict.ref.version,
    digests: tarball.digests,
    treeSha256: treeSha256 ?? "",
    maintainers: release?.maintainers,
    publisher: release?.publisher,
    publishedAtMs: release?.publishedAtMs,
  };
}

/** An exception that ends earlier ends the verdict that may rest on it. */
function expiryOf({ policy, clock }: KnownVerdictsDeps): number {
  const now = clock();
  const ends = policy.exceptions.map((item) => item.expiresAtMs).filter((end) => end > now);
  return Math.min(now + policy.verdictReuseMs, ...ends);
}
