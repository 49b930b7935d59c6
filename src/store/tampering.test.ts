import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import {
  folderWith,
  OPTIONS,
  originSighting,
  sighting,
  soundStore,
} from "../../test/support/store.ts";
import { openStore } from "./store.ts";

function tamper(folder: string, sql: string): void {
  const database = new DatabaseSync(join(folder, "store.sqlite"));
  database.exec(sql);
  database.close();
}

function altered(what: string, path: string): object {
  return {
    code: "store-altered",
    message: `The integrity store cannot be trusted: ${what}. Find out who wrote to ${path}, then move it away to start afresh.`,
    detail: { path },
  };
}

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
    [
      "an altered origin",
      "UPDATE origins SET facts = replace(facts, '/ann/', '/eve/') WHERE name = 'b'",
      "1 origin row is not signed by this installation (b@1.0.0)",
    ],
    [
      "an origin under another name",
      "UPDATE origins SET name = 'z' WHERE name = 'b'",
      "1 origin row is not signed by this installation (z@1.0.0)",
    ],
    [
      "a first sighting that passes for an origin",
      "INSERT INTO origins SELECT 4, registry, 'd', version, facts, signature FROM seen WHERE seq = 1",
      "1 origin row is not signed by this installation (d@1.0.0)",
    ],
    ["a removed origin", "DELETE FROM origins WHERE name = 'b'", "1 origin row is missing"],
    ["all origins removed", "DELETE FROM origins", "3 origin rows are missing"],
    [
      "no origins and the head of none",
      "DELETE FROM origins; UPDATE origins_head SET count = 0, hash = ''",
      "its signed summary was altered",
    ],
    [
      "another chain's head",
      "DELETE FROM origins_head; INSERT INTO origins_head SELECT * FROM seen_head",
      "its signed summary was altered",
    ],
    [
      "a trigger on origins",
      "CREATE TRIGGER t AFTER INSERT ON origins BEGIN DELETE FROM origins WHERE seq = new.seq; END",
      "its tables are not the ones Veln made",
    ],
    [
      "tables of origins taken away, and the file said to be older",
      "DROP TABLE origins; DROP TABLE origins_head; PRAGMA user_version = 1",
      "its signed summary was altered",
    ],
    [
      "a file said to be older than its tables",
      "PRAGMA user_version = 1",
      "its tables are not the ones Veln made",
    ],
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

  it("of an origin is found when it is read, too", async () => {
    const folder = await folderWith("a");
    const store = await openStore(folder, OPTIONS);
    tamper(folder, "UPDATE origins SET facts = replace(facts, '/ann/', '/eve/')");
    const what = altered("the row of a@1.0.0 was altered", join(folder, "store.sqlite"));
    expect(() => store.origins.of("https://a.invalid/", "a")).toThrow(
      expect.objectContaining(what),
    );
    await store.close();
  });

  it("of the origins' head is not signed onwards", async () => {
    const folder = await folderWith("a", "b");
    const store = await openStore(folder, OPTIONS);
    tamper(folder, "DELETE FROM origins; UPDATE origins_head SET count = 0, hash = ''");
    expect(() => store.origins.remember(originSighting("c"))).toThrow(
      expect.objectContaining(
        altered("its signed summary was altered", join(folder, "store.sqlite")),
      ),
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
    expect(await soundStore(folder)).toEqual({ rows: 3, origins: 3, unfinished: [] });
  });

  it("is not suspected when a newer Veln wrote the file", async () => {
    const folder = await folderWith("a");
    tamper(folder, "PRAGMA user_version = 99");
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject({
      code: "store-unavailable",
      detail: { found: 99, wanted: 2 },
    });
  });
});
