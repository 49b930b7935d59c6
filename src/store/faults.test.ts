import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import {
  faultyConnect,
  folderWith,
  OPTIONS,
  sighting,
  soundStore,
  temporaryFolder,
  unfinishedIn,
} from "../../test/support/store.ts";
import { faultyFiles } from "../platform/faulty-files.ts";
import { systemDisk } from "../platform/files.ts";
import { openStore, type StoreOptions } from "./store.ts";

describe("trouble with the disk", () => {
  const steps = [
    "BEGIN IMMEDIATE",
    "SELECT count",
    "INSERT INTO seen",
    "INSERT OR REPLACE INTO seen_head",
    "COMMIT",
  ];
  const cases = steps.flatMap((step) => [[step, "failed"] as const, [step, "happened"] as const]);

  it.each(cases)("at %s that %s: one failure, then it works", async (step, how) => {
    const folder = await folderWith("a");
    const before = step === "BEGIN IMMEDIATE" || step === "INSERT INTO seen" ? 1 : 2;
    const at = step.startsWith("INSERT OR") ? 1 : before;
    const connect = faultyConnect(new RegExp(`^${step}`), how, at);
    const store = await openStore(folder, { ...OPTIONS, connect });
    const remember = (): string => store.seen.remember(sighting("b")).state;
    expect(remember).toThrow(
      expect.objectContaining({
        code: "store-unavailable",
        message: `The integrity store ${join(folder, "store.sqlite")} cannot be used: the disk is full.`,
      }),
    );
    expect(remember()).toBe(step === "COMMIT" && how === "happened" ? "known" : "new");
    await store.close();
    expect(await soundStore(folder)).toEqual({ rows: 2, unfinished: [] });
  });

  it("that is really full changes nothing", async () => {
    const folder = await folderWith("a");
    let connection: DatabaseSync | undefined;
    const connect = (path: string): DatabaseSync => (connection = new DatabaseSync(path));
    const store = await openStore(folder, { ...OPTIONS, connect });
    connection?.exec("PRAGMA max_page_count = 1");
    const fill = (): void => {
      for (let index = 0; index < 100; index++) store.seen.remember(sighting(`n${String(index)}`));
    };
    expect(fill).toThrow(expect.objectContaining({ code: "store-unavailable" }));
    connection?.exec("PRAGMA max_page_count = 100000");
    fill();
    await store.close();
    expect(await soundStore(folder)).toEqual({ rows: 101, unfinished: [] });
  });

  const openSteps = [
    "PRAGMA journal_mode",
    "CREATE TABLE seen ",
    "INSERT OR REPLACE INTO seen_head",
    "PRAGMA user_version = ",
    "COMMIT",
  ];
  it.each(openSteps.flatMap((step) => [[step, "failed"] as const, [step, "happened"] as const]))(
    "on first use at %s that %s: one failure, then it works",
    async (step, how) => {
      const folder = temporaryFolder();
      const connect = faultyConnect(new RegExp(`^${step}`), how);
      await expect(openStore(folder, { ...OPTIONS, connect })).rejects.toMatchObject({
        code: "store-unavailable",
      });
      expect(await soundStore(folder)).toEqual({ rows: 0, unfinished: [] });
    },
  );

  const keySteps = ["mkdir", "readFile", "readdir", "writeNew", "link"] as const;
  it.each(
    keySteps.flatMap((step) =>
      (["failed", "happened", "crashed"] as const).map((how) => [step, how] as const),
    ),
  )("while the key is made at %s that %s: one failure, then it works", async (step, how) => {
    const folder = temporaryFolder();
    const files = faultyFiles(systemDisk, { step, how, code: "ENOSPC" });
    const opening = openStore(join(folder, "data"), { ...OPTIONS, files });
    await expect(opening).rejects.toMatchObject({ code: "store-unavailable" });
    const store = await openStore(join(folder, "data"), OPTIONS);
    store.seen.remember(sighting("a"));
    await store.close();
    const left = step === "link" && how === "crashed" ? 1 : 0;
    expect(unfinishedIn(folder)).toHaveLength(left);
  });

  it("sweeps what a crash left, once no living process can own it", async () => {
    const folder = temporaryFolder();
    const files = faultyFiles(systemDisk, { step: "link", how: "crashed" });
    await expect(openStore(folder, { ...OPTIONS, files })).rejects.toThrow("cannot be used");
    expect(unfinishedIn(folder)).toHaveLength(1);
    const later: StoreOptions = { clock: () => Date.now() + 2 * 60 * 60 * 1000 };
    await (await openStore(folder, later)).close();
    expect(await soundStore(folder)).toEqual({ rows: 0, unfinished: [] });
  });
});
