import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  faultyConnect,
  folderWith,
  NOW_MS,
  OPTIONS,
  originSighting,
  sighting,
  soundStore,
  temporaryFolder,
} from "../../test/support/store.ts";
import type { RememberedOrigin } from "../model/origin.ts";
import { openStore } from "./store.ts";
import type { OriginSighting } from "./origins.ts";

function rememberedAs({ version, origin, sha512 }: OriginSighting): RememberedOrigin {
  return { version, sha512, seenAtMs: NOW_MS, ...origin };
}

describe("origins", () => {
  it("are kept across openings and never overwritten", async () => {
    const folder = temporaryFolder();
    const first = await openStore(folder, OPTIONS);
    const origin = rememberedAs(originSighting("a"));
    expect(first.origins.of("https://a.invalid/", "a")).toEqual([]);
    expect(first.origins.remember(originSighting("a"))).toEqual({ state: "new", origin });
    await first.close();

    const second = await openStore(folder, { clock: () => NOW_MS + 1 });
    const elsewhere = { ...originSighting("a"), origin: originSighting("b").origin };
    expect(second.origins.remember(elsewhere)).toEqual({ state: "known", origin });
    expect(second.origins.of("https://a.invalid/", "a")).toEqual([origin]);
    expect(second.origins.of("https://b.invalid/", "a")).toEqual([]);
    await second.close();
    expect(await soundStore(folder)).toEqual({ rows: 0, origins: 1, unfinished: [] });
  });

  it("of all versions come back in the order seen", async () => {
    const store = await openStore(temporaryFolder(), OPTIONS);
    const sightings = ["1.10.0", "1.9.0", "2.0.0-rc.1"].map((version) =>
      originSighting("a", version),
    );
    for (const each of sightings) store.origins.remember(each);
    store.origins.remember(originSighting("b", "3.0.0"));
    expect(store.origins.of("https://a.invalid/", "a")).toEqual(sightings.map(rememberedAs));
    await store.close();
  });

  it("come back as they were, whatever the texts in them", async () => {
    const folder = temporaryFolder();
    const store = await openStore(folder, OPTIONS);
    const text = fc.string({ unit: "binary" });
    const maybe = fc.option(text, { nil: undefined });
    let index = 0;
    fc.assert(
      fc.property(text, maybe, maybe, text, (repository, repositoryId, ownerId, ref) => {
        const plain = originSighting(`p${String(index++)}`);
        const origin = { ...plain.origin, repository, repositoryId, ownerId, ref };
        const given = { ...plain, origin };
        store.origins.remember(given);
        expect(store.origins.of(given.registry, given.name)).toEqual([rememberedAs(given)]);
      }),
    );
    await store.close();
    expect(await soundStore(folder)).toEqual({ rows: 0, origins: index, unfinished: [] });
  });

  it("are seen by other processes at once, in one chain", async () => {
    const folder = temporaryFolder();
    const [one, two] = [await openStore(folder, OPTIONS), await openStore(folder, OPTIONS)];
    one.origins.remember(originSighting("a"));
    expect(two.origins.remember(originSighting("a")).state).toBe("known");
    two.origins.remember(originSighting("b"));
    expect(one.origins.remember(originSighting("c")).state).toBe("new");
    await Promise.all([one.close(), two.close()]);
    expect(await soundStore(folder)).toEqual({ rows: 0, origins: 3, unfinished: [] });
  });
});

/** Takes a store back to what the first version of the file held: no origins, another head. */
function asSchema1(folder: string): void {
  const key = createPrivateKey(readFileSync(join(folder, "installation.key")));
  const database = new DatabaseSync(join(folder, "store.sqlite"));
  const head = database.prepare("SELECT count, hash FROM seen_head").get();
  const text = `veln seen-head 1\n${String(head?.["count"])}\n${String(head?.["hash"])}`;
  const signature = sign(null, Buffer.from(text), key).toString("base64");
  database.exec("DROP TABLE origins; DROP TABLE origins_head; PRAGMA user_version = 1");
  database.prepare("UPDATE seen_head SET signature = ?").run(signature);
  database.close();
}

async function olderFolder(...names: readonly string[]): Promise<string> {
  const folder = await folderWith(...names);
  asSchema1(folder);
  return folder;
}

describe("a file from before there were origins", () => {
  it("opens with all it holds, and remembers origins from then on", async () => {
    const folder = await olderFolder("a", "b");
    const store = await openStore(folder, OPTIONS);
    expect(store.seen.firstSeen("https://a.invalid/", "a", "1.0.0")).toEqual({
      ...sighting("a"),
      firstSeenAtMs: NOW_MS,
    });
    expect(store.origins.of("https://a.invalid/", "a")).toEqual([]);
    store.seen.remember(sighting("c"));
    store.origins.remember(originSighting("a"));
    await store.close();
    expect(await soundStore(folder)).toEqual({ rows: 3, origins: 1, unfinished: [] });
  });

  it("is brought up to date once when several processes open it", async () => {
    const folder = await olderFolder("a");
    const stores = await Promise.all([1, 2, 3].map(() => openStore(folder, OPTIONS)));
    for (const [index, store] of stores.entries()) {
      store.origins.remember(originSighting(String(index)));
    }
    await Promise.all(stores.map((store) => store.close()));
    expect(await soundStore(folder)).toEqual({ rows: 1, origins: 3, unfinished: [] });
  });

  it.each([
    [
      "an altered row",
      "UPDATE seen SET facts = replace(facts, 'ann', 'eve') WHERE name = 'b'",
      "1 package row is not signed by this installation (b@1.0.0)",
    ],
    ["a removed row", "DELETE FROM seen WHERE name = 'b'", "1 package row is missing"],
    ["an altered head", "UPDATE seen_head SET count = 1", "its signed summary was altered"],
    [
      "an added trigger",
      "CREATE TRIGGER t AFTER UPDATE ON seen_head BEGIN DELETE FROM seen; END",
      "its tables are not the ones Veln made",
    ],
  ])("with %s is refused, and stays as it is", async (_what, sql, what) => {
    const folder = await olderFolder("a", "b");
    const path = join(folder, "store.sqlite");
    const database = new DatabaseSync(path);
    database.exec(sql);
    const versionAndTables = (): unknown => [
      database.prepare("PRAGMA user_version").get(),
      database.prepare("SELECT name FROM sqlite_schema ORDER BY name").all(),
    ];
    const before = versionAndTables();
    await expect(openStore(folder, OPTIONS)).rejects.toMatchObject({
      code: "store-altered",
      message: `The integrity store cannot be trusted: ${what}. Find out who wrote to ${path}, then move it away to start afresh.`,
    });
    expect(versionAndTables()).toEqual(before);
    database.close();
  });

  const steps = [
    "BEGIN IMMEDIATE",
    "CREATE TABLE origins ",
    "CREATE TABLE origins_head ",
    "INSERT OR REPLACE INTO seen_head",
    "INSERT OR REPLACE INTO origins_head",
    "PRAGMA user_version = ",
    "COMMIT",
  ];
  it.each(steps.flatMap((step) => [[step, "failed"] as const, [step, "happened"] as const]))(
    "on trouble at %s that %s: one failure, then it works",
    async (step, how) => {
      const folder = await olderFolder("a");
      const connect = faultyConnect(new RegExp(`^${step}`), how);
      await expect(openStore(folder, { ...OPTIONS, connect })).rejects.toMatchObject({
        code: "store-unavailable",
      });
      expect(await soundStore(folder)).toEqual({ rows: 1, origins: 0, unfinished: [] });
    },
  );
});
