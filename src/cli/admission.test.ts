import { describe, expect, it } from "vitest";
import { checkDeps } from "../../test/support/checking.ts";
import {
  digestsOf,
  fakeRegistry,
  HOUR_MS,
  NOW_MS,
  publishedBytes,
  REGISTRY_URL,
  type FakeVersion,
  type FakeWorld,
} from "../../test/support/fake-registry.ts";
import { sighting, temporaryFolder } from "../../test/support/store.ts";
import type { CheckDeps } from "../check.ts";
import { DEFAULT_POLICY } from "../judge/defaults.ts";
import { policyDigest } from "../judge/policy-digest.ts";
import { Failure } from "../model/failure.ts";
import { npmRef } from "../model/package-ref.ts";
import type { Policy } from "../model/policy.ts";
import { Gauge } from "../platform/gauge.ts";
import { openStore, type Store } from "../store/store.ts";
import { createAdmission, type Outcome } from "./admission.ts";
import { createKnownVerdicts } from "./known-verdicts.ts";

const REF = npmRef("subject", "1.0.0");
const BYTES = publishedBytes("subject", "1.0.0");
const ADMITTED = { state: "admitted", bytes: BYTES, sha512: digestsOf(BYTES).sha512 };
const HOSTILE: FakeVersion = { entry: { name: "other" }, bytes: Buffer.from("no archive") };

/** A session's worth of admission over one store, as `gated.ts` puts it together. */
async function open(world: FakeWorld, rest: Partial<CheckDeps> = {}, folder = temporaryFolder()) {
  const store = await openStore(folder, { clock: () => NOW_MS });
  const registry = fakeRegistry(world);
  const check = checkDeps(registry, { firstSeen: (ref) => firstSeen(store, ref), ...rest });
  const { policy, clock } = check;
  const known = createKnownVerdicts({
    store,
    registry,
    policy,
    rulesDigest: policyDigest(policy),
    signalsDigest: "s",
    clock,
  });
  const outcomes: Outcome[] = [];
  const admit = createAdmission({
    check,
    known,
    slots: new Gauge(2),
    signal: new AbortController().signal,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const sources = (): readonly unknown[] =>
    outcomes.map(({ verdict, source }) => [verdict.decision, source]);
  return { admit, known, store, registry, check, sources, folder };
}

function firstSeen(store: Store, ref: typeof REF): ReturnType<CheckDeps["firstSeen"]> {
  const row = store.seen.firstSeen(REGISTRY_URL, ref.name, ref.version);
  return row === undefined ? undefined : { sha512: row.digests.sha512, atMs: row.firstSeenAtMs };
}

const published: FakeWorld = { packages: { subject: { "1.0.0": {} } } };

describe("admission", () => {
  it("shares one examination among requests that arrive together", async () => {
    const { admit, registry, sources, store } = await open(published);
    const [one, ...others] = await Promise.all([admit(REF), admit(REF), admit(REF)]);
    expect(one).toEqual(ADMITTED);
    expect(others.every((other) => other === one)).toBe(true);
    expect(registry.asked).toEqual(["packument subject", "tarball subject@1.0.0"]);
    expect(sources()).toEqual([["allow", "examined"]]);
    await store.close();
  });

  it("remembers what was allowed, in a later process too", async () => {
    const first = await open(published);
    await first.admit(REF);
    await first.store.close();
    const later = await open({}, {}, first.folder);
    expect(await later.admit(REF)).toMatchObject({ ...ADMITTED, bytes: Buffer.from(BYTES) });
    expect(later.registry.asked).toEqual([]);
    expect(later.sources()).toEqual([["allow", "remembered"]]);
    await later.store.close();
  });

  it("knows of nothing that the registry does not have", async () => {
    const { admit, sources, store } = await open({});
    expect([await admit(REF), sources()]).toEqual([{ state: "absent" }, []]);
    await store.close();
  });

  it("passes a registry's failure on, and tries again the next time", async () => {
    const failures: Record<string, Failure> = { subject: new Failure("offline", "No.") };
    const { admit, store } = await open({ ...published, failures });
    await expect(Promise.all([admit(REF), admit(REF)])).rejects.toMatchObject({ code: "offline" });
    delete failures["subject"];
    expect(await admit(REF)).toEqual(ADMITTED);
    await store.close();
  });

  it("looks again at what was held, and gives it free when its time has come", async () => {
    let nowMs = NOW_MS;
    const world = { packages: { subject: { "0.9.0": {}, "1.0.0": { ageMs: HOUR_MS } } } };
    const { admit, sources, store } = await open(world, { clock: () => nowMs });
    expect(await admit(REF)).toEqual({
      state: "refused",
      decision: "hold",
      sentence: expect.stringMatching(/^Veln holds subject@1\.0\.0 until /) as string,
      retryAfterSeconds: 3600,
    });
    nowMs += 2 * HOUR_MS;
    expect(await admit(REF)).toEqual(ADMITTED);
    expect(sources()).toEqual([
      ["hold", "examined"],
      ["allow", "examined"],
    ]);
    await store.close();
  });

  it("keeps nothing of what was blocked: neither verdict nor bytes nor a first sighting", async () => {
    const { admit, sources, store, registry } = await open({
      packages: { subject: { "1.0.0": HOSTILE } },
    });
    const refused = { state: "refused", decision: "block" };
    expect([await admit(REF), await admit(REF)]).toMatchObject([refused, refused]);
    expect(sources()).toEqual([
      ["block", "examined"],
      ["block", "examined"],
    ]);
    expect(store.seen.firstSeen(REGISTRY_URL, "subject", "1.0.0")).toBeUndefined();
    expect(await store.tarballs.get(digestsOf(Buffer.from("no archive")).sha512)).toBeUndefined();
    expect(registry.asked).toHaveLength(4);
    await store.close();
  });

  it("blocks other bytes than were seen first, and does not take them for the first", async () => {
    const { admit, store, sources } = await open(published);
    store.seen.remember(sighting("subject", "1.0.0", REGISTRY_URL));
    expect(await admit(REF)).toMatchObject({ state: "refused", decision: "block" });
    expect(sources()).toEqual([["block", "examined"]]);
    await store.close();
  });
});

describe("known verdicts", () => {
  it("are forgotten when the registry now claims other bytes", async () => {
    const { admit, known, sources, store } = await open(published);
    await admit(REF);
    known.noteClaims("subject", () => [{ algorithm: "sha512", hex: digestsOf(BYTES).sha512 }]);
    known.noteClaims("subject", () => []);
    known.noteClaims("subject", () => undefined);
    known.noteClaims("stranger", () => [{ algorithm: "sha512", hex: "ab".repeat(64) }]);
    await admit(REF);
    known.noteClaims("subject", () => [{ algorithm: "sha512", hex: "ab".repeat(64) }]);
    await admit(REF);
    expect(sources()).toEqual([
      ["allow", "examined"],
      ["allow", "remembered"],
      ["allow", "examined"],
    ]);
    await store.close();
  });

  it("are nothing without the bytes they are about", async () => {
    const { admit, store, sources } = await open(published);
    await admit(REF);
    const path = digestsOf(BYTES).sha512;
    await store.tarballs.put(Buffer.from("mangled"), path);
    expect(await admit(REF)).toEqual(ADMITTED);
    expect(sources()).toEqual([
      ["allow", "examined"],
      ["allow", "examined"],
    ]);
    await store.close();
  });

  it.each<[what: string, changed: Partial<Policy>]>([
    ["another policy", { verdictReuseMs: DEFAULT_POLICY.verdictReuseMs + 1 }],
    ["no reuse at all", { verdictReuseMs: 0 }],
  ])("are not used under %s", async (_what, changed) => {
    const first = await open(published);
    await first.admit(REF);
    await first.store.close();
    const policy = { ...DEFAULT_POLICY, ...changed };
    const later = await open(published, { policy }, first.folder);
    await later.admit(REF);
    await later.admit(REF);
    const second = policy.verdictReuseMs === 0 ? "examined" : "remembered";
    expect(later.sources()).toEqual([
      ["allow", "examined"],
      ["allow", second],
    ]);
    await later.store.close();
  });

  it("end when an exception ends that they may rest on", async () => {
    let nowMs = NOW_MS;
    const exception = {
      package: "another",
      version: "1.0.0",
      sha512: "ab".repeat(64),
      reason: "we wrote it",
      owner: "ann",
      expiresAtMs: NOW_MS + 1000,
    };
    const policy = { ...DEFAULT_POLICY, exceptions: [exception] };
    const folder = temporaryFolder();
    const store = await openStore(folder, { clock: () => nowMs });
    const registry = fakeRegistry(published);
    const clock = (): number => nowMs;
    const check = checkDeps(registry, { policy, clock });
    const known = createKnownVerdicts({
      store,
      registry,
      policy,
      rulesDigest: policyDigest(policy),
      signalsDigest: "s",
      clock,
    });
    const admit = createAdmission({
      check,
      known,
      slots: new Gauge(1),
      signal: new AbortController().signal,
      onOutcome: () => undefined,
    });
    await admit(REF);
    nowMs = NOW_MS + 999;
    expect((await known.recall(REF))?.verdict.decision).toBe("allow");
    nowMs = NOW_MS + 1000;
    expect(await known.recall(REF)).toBeUndefined();
    await store.close();
  });
});
