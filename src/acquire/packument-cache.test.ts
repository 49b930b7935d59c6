import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filesOn, systemDisk, systemFiles } from "../platform/files.ts";
import {
  createPackumentCache,
  type KeptPackument,
  type PackumentCache,
  type PackumentCacheOptions,
} from "./packument-cache.ts";
import { Packument } from "./packument.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "veln-packuments-"));
});
afterEach(() => rm(folder, { recursive: true }));

function cacheOf(options: Partial<PackumentCacheOptions> = {}): PackumentCache {
  return createPackumentCache({ folder, files: systemFiles, clock: () => 1000, ...options });
}

function kept(text: string): KeptPackument {
  const bytes = new Uint8Array(Buffer.from(text));
  return { etag: '"e"', lastModified: undefined, freshUntilMs: 5, coding: "br", bytes };
}

const ON_DISK = { onDisk: true };

async function onlyFile(): Promise<string> {
  const [name, ...others] = await readdir(folder);
  expect(others).toEqual([]);
  return join(folder, name ?? "");
}

/** What a new process finds under the key. */
async function reread(key: string): Promise<unknown> {
  const found = await cacheOf().get(key);
  return found && { ...found, bytes: Buffer.from(found.bytes).toString() };
}

describe("the packument cache", () => {
  it("gives back what it was given, in this process and in the next", async () => {
    const cache = cacheOf();
    cache.put("full https://r.invalid/a", kept("{}"), ON_DISK);
    expect(await cache.get("full https://r.invalid/a")).toEqual(kept("{}"));
    expect(await cache.get("full https://r.invalid/b")).toBeUndefined();
    await cache.close();
    expect(await reread("full https://r.invalid/a")).toEqual({ ...kept("{}"), bytes: "{}" });
    expect((await stat(await onlyFile())).mode & 0o777).toBe(0o600);
  });

  it("keeps off the disk what must not be stored, and nothing that was removed", async () => {
    const cache = cacheOf();
    cache.put("a", kept("secret"), { onDisk: false });
    cache.put("b", kept("gone"), ON_DISK);
    cache.remove("b");
    await cache.close();
    expect(await cache.get("a")).toEqual(kept("secret"));
    expect(await cache.get("b")).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it("ignores an entry with any byte altered, cut or added", async () => {
    const cache = cacheOf();
    cache.put("a", kept("body of the answer"), ON_DISK);
    await cache.close();
    const path = await onlyFile();
    const whole = await readFile(path);
    const altered = [...whole.keys()].map((at) => {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    });
    const damaged = [
      ...altered,
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.from("x")]),
      Buffer.alloc(0),
      Buffer.from("\n\n"),
    ];
    for (const bytes of damaged) {
      await writeFile(path, bytes);
      expect(await reread("a")).toBeUndefined();
    }
    await writeFile(path, whole);
    expect(await reread("a")).toEqual({ ...kept(""), bytes: "body of the answer" });
  });

  it("ignores an entry that was moved to another key's place", async () => {
    const cache = cacheOf();
    cache.put("a", kept("of a"), ON_DISK);
    await cache.close();
    const pathOfA = await onlyFile();
    cache.put("b", kept("of b"), ON_DISK);
    await cache.close();
    const pathOfB = (await readdir(folder))
      .map((name) => join(folder, name))
      .find((path) => path !== pathOfA);
    await writeFile(pathOfB ?? "", await readFile(pathOfA));
    expect(await reread("b")).toBeUndefined();
  });

  it("bounds its memory and falls back on the disk", async () => {
    const memory = cacheOf({ folder: undefined, memoryBytesMax: 10 });
    memory.put("a", kept("12345"), ON_DISK);
    memory.put("b", kept("12345"), ON_DISK);
    await memory.get("a");
    memory.put("c", kept("12345"), ON_DISK);
    memory.put("huge", kept("12345678901"), ON_DISK);
    const found = await Promise.all(["a", "b", "c", "huge"].map((key) => memory.get(key)));
    expect(found.map((entry) => entry !== undefined)).toEqual([true, false, true, false]);

    const withDisk = cacheOf({ memoryBytesMax: 1 });
    withDisk.put("a", kept("12345"), ON_DISK);
    await withDisk.close();
    expect(await withDisk.get("a")).toMatchObject({ etag: '"e"' });
  });

  it("bounds the disk, oldest entries first", async () => {
    const text = "x".repeat(1000);
    const first = cacheOf();
    for (const key of ["old", "older", "new"]) first.put(key, kept(text), ON_DISK);
    await first.close();
    const age = async (key: string, seconds: number): Promise<void> => {
      const { createHash } = await import("node:crypto");
      await utimes(join(folder, createHash("sha256").update(key).digest("hex")), seconds, seconds);
    };
    await age("older", 1);
    await age("old", 2);
    const second = cacheOf({ diskBytesMax: 4000 });
    second.put("newest", kept(text), ON_DISK);
    await second.close();
    const found = await Promise.all(["older", "old", "new", "newest"].map(reread));
    expect(found.map((entry) => entry !== undefined)).toEqual([false, false, true, true]);
  });

  it("goes on without a disk that is full", async () => {
    const full = filesOn({
      ...systemDisk,
      writeNew: () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })),
    });
    const cache = cacheOf({ files: full });
    cache.put("a", kept("{}"), ON_DISK);
    await cache.close();
    expect(await cache.get("a")).toEqual(kept("{}"));
    expect(await readdir(folder)).toEqual([]);
  });

  it("keeps parsed documents for exactly the bytes they came from", () => {
    const cache = cacheOf({ folder: undefined, parsedJsonBytesMax: 10 });
    const entry = kept("{}");
    const packument = Packument.of("a", { name: "a" });
    cache.keepParsed("a", entry, { packument, jsonBytes: 8 });
    expect(cache.parsed("a", { ...entry, freshUntilMs: 9 })).toBe(packument);
    expect(cache.parsed("a", kept("{}"))).toBeUndefined();
    cache.keepParsed("b", entry, { packument, jsonBytes: 8 });
    expect(cache.parsed("a", entry)).toBeUndefined();
  });
});
