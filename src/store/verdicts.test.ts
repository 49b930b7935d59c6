import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { NOW_MS, temporaryFolder, verdictOn } from "../../test/support/store.ts";
import { openStore } from "./store.ts";
import type { VerdictKey } from "./verdicts.ts";

const SHA512 = "ab".repeat(64);
const OTHER_SHA512 = "cd".repeat(64);

function keyOf(name: string, sha512 = SHA512): VerdictKey {
  return {
    registry: "https://a.invalid/",
    name,
    version: "1.0.0",
    sha512,
    policyDigest: "p",
    signalsDigest: "s",
  };
}

describe("kept verdicts", () => {
  it("come back under their key until they expire", async () => {
    let nowMs = NOW_MS;
    const store = await openStore(temporaryFolder(), { clock: () => nowMs });
    const verdict = verdictOn("a", SHA512);
    const kept = { sha512: SHA512, verdict, judgedAtMs: NOW_MS, expiresAtMs: NOW_MS + 10 };
    expect(store.verdicts.find(keyOf("a"))).toBeUndefined();
    store.verdicts.keep(keyOf("a"), verdict, NOW_MS + 10);

    expect(store.verdicts.find(keyOf("a"))).toEqual(kept);
    expect(store.verdicts.findByRef(keyOf("a"))).toEqual(kept);
    for (const other of [
      keyOf("b"),
      keyOf("a", OTHER_SHA512),
      { ...keyOf("a"), policyDigest: "p2" },
      { ...keyOf("a"), signalsDigest: "s2" },
      { ...keyOf("a"), registry: "https://b.invalid/" },
      { ...keyOf("a"), version: "1.0.1" },
    ]) {
      expect(store.verdicts.find(other)).toBeUndefined();
    }
    nowMs = NOW_MS + 10;
    expect(store.verdicts.find(keyOf("a"))).toBeUndefined();
    expect(store.verdicts.findByRef(keyOf("a"))).toBeUndefined();
    await store.close();
  });

  it("are replaced under the same key, and the newest answers for a name and version", async () => {
    let nowMs = NOW_MS;
    const store = await openStore(temporaryFolder(), { clock: () => nowMs });
    const newer = { ...verdictOn("a", SHA512), score: 10 };
    store.verdicts.keep(keyOf("a"), verdictOn("a", SHA512), NOW_MS + 100);
    store.verdicts.keep(keyOf("a"), newer, NOW_MS + 100);
    expect(store.verdicts.find(keyOf("a"))?.verdict).toEqual(newer);
    nowMs += 1;
    store.verdicts.keep(keyOf("a", OTHER_SHA512), verdictOn("a", OTHER_SHA512), NOW_MS + 100);
    expect(store.verdicts.findByRef(keyOf("a"))?.sha512).toBe(OTHER_SHA512);
    await store.close();
  });

  it("refuse a planted approval", async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder, { clock: () => NOW_MS });
    store.verdicts.keep(keyOf("a"), { ...verdictOn("a", SHA512), decision: "block" }, NOW_MS + 10);
    const database = new DatabaseSync(join(folder, "store.sqlite"));
    const refused = expect.objectContaining({
      code: "store-altered",
      message: `The integrity store cannot be trusted: the kept verdict on a@1.0.0 was altered. Find out who wrote to ${join(folder, "store.sqlite")}, then move it away to start afresh.`,
    });
    database.exec(`UPDATE verdicts SET verdict = replace(verdict, '"block"', '"allow"')`);
    expect(() => store.verdicts.find(keyOf("a"))).toThrow(refused);
    database.exec(`UPDATE verdicts SET verdict = replace(verdict, '"allow"', '"block"')`);
    expect(store.verdicts.find(keyOf("a"))?.verdict.decision).toBe("block");
    database.exec(`UPDATE verdicts SET expires_at_ms = expires_at_ms + 1`);
    expect(() => store.verdicts.findByRef(keyOf("a"))).toThrow(refused);
    database.close();
    await store.close();
  });

  it("that expired are removed in bounded lots", async () => {
    const folder = temporaryFolder();
    let nowMs = NOW_MS;
    const first = await openStore(folder, { clock: () => nowMs });
    const verdict = verdictOn("a", SHA512);
    for (let index = 0; index < 300; index++) {
      first.verdicts.keep(keyOf(`n${String(index)}`), verdict, NOW_MS + 10);
    }
    await first.close();
    nowMs += 20;
    const second = await openStore(folder, { clock: () => nowMs });
    second.verdicts.keep(keyOf("fresh"), verdict, NOW_MS + 100);
    await second.close();
    const database = new DatabaseSync(join(folder, "store.sqlite"));
    expect(database.prepare("SELECT count(*) AS n FROM verdicts").get()).toEqual({ n: 101 });
    database.close();
  });
});
