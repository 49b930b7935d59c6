import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { faultyConnect, NOW_MS, OPTIONS, temporaryFolder } from "../../test/support/store.ts";
import { CLEAR, cutShort, type SignalResult, unknown } from "../model/examination.ts";
import { finding } from "../model/finding.ts";
import { openStore } from "./store.ts";

const FOUND: SignalResult = {
  outcome: "found",
  findings: [finding("a", "harm", "high", "high", "it does \u007f harm", { file: "a.js" })],
  unread: ["b.js is too large"],
};
const DAY_MS = 24 * 60 * 60 * 1000;

function fileIn(folder: string): string {
  return join(folder, "answers.sqlite");
}

function rowsIn(folder: string): unknown {
  const database = new DatabaseSync(fileIn(folder), { readOnly: true });
  const row = database.prepare("SELECT count(*) AS n FROM answers").get();
  database.close();
  return row?.["n"];
}

describe("kept answers", () => {
  it.each(["ask", CLEAR, FOUND, unknown("too large")] as const)(
    "come back in another run: %j",
    async (answer) => {
      const folder = temporaryFolder();
      const first = await openStore(folder, OPTIONS);
      expect(first.answers.find("k")).toBeUndefined();
      first.answers.keep("k", answer);
      await first.close();
      const second = await openStore(folder, OPTIONS);
      expect([second.answers.find("k"), second.answers.find("K")]).toEqual([answer, undefined]);
      await second.close();
    },
  );

  it("need no file until somebody asks", async () => {
    const folder = temporaryFolder();
    await (await openStore(folder, OPTIONS)).close();
    expect(existsSync(fileIn(folder))).toBe(false);
  });

  it("are replaced under the same key, and are none after 60 days", async () => {
    let nowMs = NOW_MS;
    const store = await openStore(temporaryFolder(), { clock: () => nowMs });
    store.answers.keep("k", FOUND);
    store.answers.keep("k", CLEAR);
    nowMs += 60 * DAY_MS - 1;
    expect(store.answers.find("k")).toEqual(CLEAR);
    nowMs += 1;
    expect(store.answers.find("k")).toBeUndefined();
    await store.close();
  });

  it("are shared by processes that have them open together", async () => {
    const folder = temporaryFolder();
    const [one, two] = [await openStore(folder, OPTIONS), await openStore(folder, OPTIONS)];
    one.answers.keep("k", FOUND);
    two.answers.keep("l", CLEAR);
    expect([two.answers.find("k"), one.answers.find("l")]).toEqual([FOUND, CLEAR]);
    await Promise.all([one.close(), two.close()]);
  });

  it("do not grow beyond their number, and the oldest go first", async () => {
    let nowMs = NOW_MS;
    const folder = temporaryFolder();
    const store = await openStore(folder, { clock: () => nowMs, answersMax: 50 });
    for (let index = 0; index < 1_000; index += 1) {
      nowMs += 1;
      store.answers.keep(String(index), CLEAR);
    }
    expect([store.answers.find("999"), store.answers.find("0")]).toEqual([CLEAR, undefined]);
    await store.close();
    expect(rowsIn(folder)).toBeLessThanOrEqual(150);
  });

  it("that are very long are not kept", async () => {
    const store = await openStore(temporaryFolder(), OPTIONS);
    store.answers.keep("k", unknown("x".repeat(70_000)));
    expect(store.answers.find("k")).toBeUndefined();
    await store.close();
  });

  it.each([
    ["an answer", `UPDATE answers SET answer = '{"outcome":"clear"}'`],
    ["a key", "UPDATE answers SET key = 'other'"],
    ["an age", "UPDATE answers SET kept_at_ms = kept_at_ms + 1"],
    ["a signature", "UPDATE answers SET signature = 'AAAA'"],
  ])("with %s that somebody else wrote are none", async (_, sql) => {
    const folder = temporaryFolder();
    const store = await openStore(folder, OPTIONS);
    store.answers.keep("k", FOUND);
    const database = new DatabaseSync(fileIn(folder));
    database.exec(sql);
    database.close();
    expect([store.answers.find("k"), store.answers.find("other")]).toEqual([undefined, undefined]);
    store.answers.keep("k", FOUND);
    expect(store.answers.find("k")).toEqual(FOUND);
    await store.close();
  });

  it("of another installation are none", async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    const theirs = await openStore(other, OPTIONS);
    theirs.answers.keep("k", CLEAR);
    await theirs.close();
    await (await openStore(folder, OPTIONS)).close();
    writeFileSync(fileIn(folder), readFileSync(fileIn(other)));
    const store = await openStore(folder, OPTIONS);
    expect(store.answers.find("k")).toBeUndefined();
    await store.close();
  });

  it("start afresh after their file was damaged", async () => {
    const folder = temporaryFolder();
    writeFileSync(fileIn(folder), "no database at all ".repeat(100));
    const first = await openStore(folder, OPTIONS);
    first.answers.keep("k", CLEAR);
    expect(first.answers.find("k")).toBeUndefined();
    await first.close();
    const second = await openStore(folder, OPTIONS);
    second.answers.keep("k", CLEAR);
    expect(second.answers.find("k")).toEqual(CLEAR);
    await second.close();
  });

  const steps = ["PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", "CREATE TABLE IF NOT", "DELETE FROM answers", "INSERT OR REPLACE INTO answers", "SELECT answer"]; // prettier-ignore
  const faults = steps.flatMap((step) =>
    (["failed", "happened"] as const).flatMap((how) =>
      [11, 13].map((errcode) => [step, how, errcode] as const),
    ),
  );
  it.each(faults)(
    "cost nothing but themselves on trouble at %s that %s (%i)",
    async (step, how, errcode) => {
      const folder = temporaryFolder();
      const connect = faultyConnect(new RegExp(`^${step}`), how, 1, errcode);
      const first = await openStore(folder, { ...OPTIONS, connect });
      first.answers.keep("k", cutShort("why"));
      first.answers.find("k");
      expect(first.answers.find("k")).toBeUndefined();
      await first.close();
      const second = await openStore(folder, OPTIONS);
      second.answers.keep("k", FOUND);
      expect(second.answers.find("k")).toEqual(FOUND);
      await second.close();
    },
  );
});
