import { execFile } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  faultyConnect,
  NOW_MS,
  sighting,
  soundStore,
  temporaryFolder,
  unfinishedIn,
} from "../../test/support/store.ts";
import { faultyFiles } from "../platform/faulty-files.ts";
import { systemDisk } from "../platform/files.ts";
import { openStore, type Store, type StoreOptions } from "./store.ts";

const OPTIONS: StoreOptions = { clock: () => NOW_MS };
const WRITER = fileURLToPath(new URL("../../test/support/store-writer.ts", import.meta.url));

function tamper(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, "store.sqlite"));
  database.exec(sql);
  database.close();
}

async function folderWith(...names: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  const store = await openStore(folder, OPTIONS);
  for (const name of names) store.seen.remember(sighting(name));
  await store.close();
  return folder;
}

function altered(what: string, path: string): object {
  return {
    code: "store-altered",
    message: `The integrity store cannot be trusted: ${what}. Find out who wrote to ${path}, then move it away to start afresh.`,
    detail: { path },
  };
}

describe("first sightings", () => {
  it("are kept across openings and never overwritten", async () => {
    const folder = temporaryFolder();
    const first = await openStore(folder, OPTIONS);
    const row = { ...sighting("a"), firstSeenAtMs: NOW_MS };
    expect(first.seen.firstSeen("https://a.invalid/", "a", "1.0.0")).toBeUndefined();
    expect(first.seen.remember(sighting("a"))).toEqual({ state: "new", row });
    await first.close();

    const second = await openStore(folder, { clock: () => NOW_MS + 1 });
    const other = { ...sighting("b"), name: "a" };
    expect(second.seen.remember(other)).toEqual({ state: "known", row });
    expect(second.seen.firstSeen("https://a.invalid/", "a", "1.0.0")).toEqual(row);
    expect(second.seen.firstSeen("https://b.invalid/", "a", "1.0.0")).toBeUndefined();
    await second.close();
    expect(await soundStore(folder)).toEqual({ rows: 1, unfinished: [] });
  });

  it("come back as they were, whatever the texts in them", async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder, OPTIONS);
    const text = fc.string({ unit: "binary" });
    let index = 0;
    fc.assert(
      fc.property(
        fc.option(fc.array(text), { nil: undefined }),
        fc.option(text, { nil: undefined }),
        fc.option(fc.integer(), { nil: undefined }),
        (maintainers, publisher, publishedAtMs) => {
          const name = `p${String(index++)}`;
          const row = { ...sighting(name), maintainers, publisher, publishedAtMs };
          store.seen.remember(row);
          expect(store.seen.firstSeen(row.registry, name, row.version)).toEqual({
            ...row,
            firstSeenAtMs: NOW_MS,
          });
        },
      ),
    );
    await store.close();
    expect(await soundStore(folder)).toEqual({ rows: index, unfinished: [] });
  });
});

describe("tampering", () => {
  it.each([
    [
      "an altered row",
      "UPDATE seen SET facts = replace(facts, 'ann', 'eve') WHERE name = 'b'",
      "1 package row is not signed by this installation (b@1.0.0)",
    ],
    [
      "a row under another name",
      "UPDATE seen SET name = 'z' WHERE name = 'b'",
      "1 package row is not signed by this installation (z@1.0.0)",
    ],
    [
      "an altered signature",
      "UPDATE seen SET signature = 'AAAA'",
      "3 package rows are not signed by this installation (a@1.0.0, b@1.0.0, c@1.0.0)",
    ],
    [
      "an added row",
      "INSERT INTO seen SELECT 4, registry, 'd', version, facts, signature FROM seen WHERE seq = 1",
      "1 package row is not signed by this installation (d@1.0.0)",
    ],
    ["a removed row", "DELETE FROM seen WHERE name = 'b'", "1 package row is missing"],
    ["the last rows removed", "DELETE FROM seen WHERE seq > 1", "2 package rows are missing"],
    ["an altered head", "UPDATE seen_head SET count = 2", "its signed summary was altered"],
    [
      "removed rows and an altered head",
      "DELETE FROM seen; UPDATE seen_head SET count = 0, hash = ''",
      "its signed summary was altered",
    ],
    ["no head", "DELETE FROM seen_head", "its signed summary was altered"],
    [
      "an added trigger",
      "CREATE TRIGGER t AFTER INSERT ON seen BEGIN DELETE FROM seen WHERE seq = new.seq; END",
      "its tables are not the ones Veln made",
    ],
    ["a missing table", "DROP TABLE verdicts", "its tables are not the ones Veln made"],
  ])("%s is found at start-up", async (_, sql, what) => {
    const folder = await folderWith("a", "b", "c");
    tamper(folder, sql);
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject(
      altered(what, join(folder, "store.sqlite")),
    );
  });

  it("of a row is found when it is read, too", async () => {
    const folder = await folderWith("a");
    const store = await openStore(folder, OPTIONS);
    tamper(folder, "UPDATE seen SET facts = replace(facts, 'ann', 'eve')");
    const path = join(folder, "store.sqlite");
    const what = altered("the row of a@1.0.0 was altered", path);
    expect(() => store.seen.firstSeen("https://a.invalid/", "a", "1.0.0")).toThrow(
      expect.objectContaining(what),
    );
    await store.close();
  });

  it("of the head is not signed onwards", async () => {
    const folder = await folderWith("a", "b");
    const store = await openStore(folder, OPTIONS);
    tamper(folder, "DELETE FROM seen; UPDATE seen_head SET count = 0, hash = ''");
    expect(() => store.seen.remember(sighting("c"))).toThrow(
      expect.objectContaining(
        altered("its signed summary was altered", join(folder, "store.sqlite")),
      ),
    );
    await store.close();
  });

  it("with the key leaves no row that verifies", async () => {
    const folder = await folderWith("a");
    rmSync(join(folder, "installation.key"));
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject(
      altered(
        "1 package row is not signed by this installation (a@1.0.0)",
        join(folder, "store.sqlite"),
      ),
    );
    writeFileSync(join(folder, "installation.key"), "no key");
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject({
      code: "store-altered",
      detail: { path: join(folder, "installation.key") },
    });
  });

  it("includes a file that is truncated or no database", async () => {
    const folder = await folderWith("a", "b", "c");
    const path = join(folder, "store.sqlite");
    const damaged = altered("its file is damaged or no SQLite database", path);
    const whole = readFileSync(path);
    truncateSync(path, 5000);
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject(damaged);
    writeFileSync(path, "this is no database, it is a text of more than a hundred bytes".repeat(9));
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject(damaged);
    writeFileSync(path, whole);
    expect(await soundStore(folder)).toEqual({ rows: 3, unfinished: [] });
  });

  it("is not suspected when a newer Veln wrote the file", async () => {
    const folder = await folderWith("a");
    tamper(folder, "PRAGMA user_version = 99");
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject({
      code: "store-unavailable",
      detail: { found: 99, wanted: 1 },
    });
  });
});

describe("several processes", () => {
  it("share one key and one chain", async () => {
    const folder = temporaryFolder();
    const run = promisify(execFile);
    await Promise.all(
      ["1", "2", "3"].map((id) => run(process.execPath, [WRITER, folder, id, "40"])),
    );
    expect(await soundStore(folder)).toEqual({ rows: 160, unfinished: [] });
  });

  it("of which two open the store for the first time at once end with one key", async () => {
    const folder = temporaryFolder();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(folder, OPTIONS)));
    for (const [index, store] of stores.entries()) store.seen.remember(sighting(String(index)));
    await Promise.all(stores.map((store) => store.close()));
    expect(await soundStore(folder)).toEqual({ rows: 4, unfinished: [] });
    expect(statSync(join(folder, "installation.key")).mode & 0o777).toBe(0o600);
  });

  it("see each other's rows at once", async () => {
    const folder = temporaryFolder();
    const [one, two] = [await openStore(folder, OPTIONS), await openStore(folder, OPTIONS)];
    one.seen.remember(sighting("a"));
    expect(two.seen.remember(sighting("a")).state).toBe("known");
    two.seen.remember(sighting("b"));
    expect(one.seen.remember(sighting("c")).state).toBe("new");
    await Promise.all([one.close(), two.close()]);
    expect(await soundStore(folder)).toEqual({ rows: 3, unfinished: [] });
  });

  it("can be copied elsewhere together with the key", async () => {
    const folder = await folderWith("a");
    const other = temporaryFolder();
    for (const name of ["store.sqlite", "installation.key"]) {
      copyFileSync(join(folder, name), join(other, name));
    }
    expect(await soundStore(other)).toEqual({ rows: 1, unfinished: [] });
  });
});

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
    const store: Store = await openStore(join(folder, "data"), OPTIONS);
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
