import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import {
  faultyConnect,
  folderWith,
  OPTIONS,
  originSighting,
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
    "SELECT count, hash, signature FROM TABLE_head",
    "INSERT INTO TABLE",
    "INSERT OR REPLACE INTO TABLE_head",
    "COMMIT",
  ];
  const cases = steps.flatMap((step) =>
    (["failed", "happened"] as const).flatMap((how) =>
      (["seen", "origins"] as const).map((table) => [step, how, table] as const),
    ),
  );
  /** How often a step was taken when the store is open: both chains have been read. */
  const taken = (step: string): number =>
    step === "COMMIT" ? 2 : step.startsWith("SELECT") ? 1 : 0;

  it.each(cases)("at %s that %s, for %s: one failure, then it works", async (step, how, table) => {
    const folder = await folderWith("a");
    const sql = new RegExp(`^${step.replace("TABLE", table)}`);
    const connect = faultyConnect(sql, how, taken(step) + 1);
    const store = await openStore(folder, { ...OPTIONS, connect });
    const remember = (): string =>
      table === "seen"
        ? store.seen.remember(sighting("b")).state
        : store.origins.remember(originSighting("b")).state;
    expect(remember).toThrow(
      expect.objectContaining({
        code: "store-unavailable",
        message: `The integrity store ${join(folder, "store.sqlite")} cannot be used: the disk is full.`,
      }),
    );
    expect(remember()).toBe(step === "COMMIT" && how === "happened" ? "known" : "new");
    await store.close();
    const counts = table === "seen" ? { rows: 2, origins: 1 } : { rows: 1, origins: 2 };
    expect(await soundStore(folder)).toEqual({ ...counts, unfinished: [] });
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
    expect(await soundStore(folder)).toEqual({ rows: 101, origins: 1, unfinished: [] });
  });

  const openSteps = [
    "PRAGMA journal_mode",
    "CREATE TABLE seen ",
    "INSERT OR REPLACE INTO seen_head",
    "CREATE TABLE origins_head ",
    "INSERT OR REPLACE INTO origins_head",
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
      expect(await soundStore(folder)).toEqual({ rows: 0, origins: 0, unfinished: [] });
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
    expect(await soundStore(folder)).toEqual({ rows: 0, origins: 0, unfinished: [] });
  });
});
