import { execFile, spawn } from "node:child_process";
import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  folderWith,
  NOW_MS,
  OPTIONS,
  sighting,
  soundStore,
  temporaryFolder,
} from "../../test/support/store.ts";
import { openStore } from "./store.ts";

const WRITER = fileURLToPath(new URL("../../test/support/store-writer.ts", import.meta.url));

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
    expect(await soundStore(folder)).toEqual({ rows: 1, origins: 0, unfinished: [] });
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
    expect(await soundStore(folder)).toEqual({ rows: index, origins: 0, unfinished: [] });
  });
});

describe("several processes", () => {
  it("share one key and one chain", async () => {
    const folder = temporaryFolder();
    const run = promisify(execFile);
    await Promise.all(
      ["1", "2", "3"].map((id) => run(process.execPath, [WRITER, folder, id, "40"])),
    );
    expect(await soundStore(folder)).toEqual({ rows: 160, origins: 0, unfinished: [] });
  });

  it("of which two open the store for the first time at once end with one key", async () => {
    const folder = temporaryFolder();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(folder, OPTIONS)));
    for (const [index, store] of stores.entries()) store.seen.remember(sighting(String(index)));
    await Promise.all(stores.map((store) => store.close()));
    expect(await soundStore(folder)).toEqual({ rows: 4, origins: 0, unfinished: [] });
    expect(statSync(join(folder, "installation.key")).mode & 0o777).toBe(0o600);
  });

  it("lose nothing when one of them is killed in the middle", async () => {
    const folder = await folderWith("a");
    const writer = spawn(process.execPath, [WRITER, folder, "1", "100000"], { stdio: "ignore" });
    const database = new DatabaseSync(join(folder, "store.sqlite"), { timeout: 5000 });
    const count = database.prepare("SELECT count FROM seen_head");
    while (Number(count.get()?.["count"]) < 20) await setTimeout(5);
    writer.kill("SIGKILL");
    await once(writer, "exit");
    const rows = Number(count.get()?.["count"]);
    database.close();
    expect(await soundStore(folder)).toEqual({ rows, origins: 1, unfinished: [] });
  });

  it("see each other's rows at once", async () => {
    const folder = temporaryFolder();
    const [one, two] = [await openStore(folder, OPTIONS), await openStore(folder, OPTIONS)];
    one.seen.remember(sighting("a"));
    expect(two.seen.remember(sighting("a")).state).toBe("known");
    two.seen.remember(sighting("b"));
    expect(one.seen.remember(sighting("c")).state).toBe("new");
    await Promise.all([one.close(), two.close()]);
    expect(await soundStore(folder)).toEqual({ rows: 3, origins: 0, unfinished: [] });
  });

  it("can be copied elsewhere together with the key", async () => {
    const folder = await folderWith("a");
    const other = temporaryFolder();
    for (const name of ["store.sqlite", "installation.key"]) {
      copyFileSync(join(folder, name), join(other, name));
    }
    expect(await soundStore(other)).toEqual({ rows: 1, origins: 1, unfinished: [] });
  });
});
