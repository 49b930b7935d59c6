import { hash } from "node:crypto";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NOW_MS, readAll, temporaryFolder, unfinishedIn } from "../../test/support/store.ts";
import { faultyFiles, type Fault } from "../platform/faulty-files.ts";
import { systemDisk, systemFiles } from "../platform/files.ts";
import { openTarballs, type Tarballs } from "./tarballs.ts";

const BYTES = Buffer.from("the bytes of a tarball");
const SHA512 = hash("sha512", BYTES, "hex");
const MEGABYTE = 1024 ** 2;

function opened(folder: string, bytesMax = 100 * MEGABYTE, files = systemFiles): Tarballs {
  return openTarballs(folder, files, () => NOW_MS, bytesMax);
}

describe("the tarball cache", () => {
  it("gives back what was put, under its digest", async () => {
    const folder = temporaryFolder();
    const tarballs = opened(folder);
    expect(await tarballs.get(SHA512)).toBeUndefined();
    expect(await tarballs.put(BYTES, SHA512)).toEqual({ stored: true });
    expect(await tarballs.put(BYTES, SHA512)).toEqual({ stored: true });
    expect(await opened(folder).get(SHA512)).toEqual(BYTES);
    expect(readdirSync(join(folder, SHA512.slice(0, 2)))).toEqual([SHA512.slice(2)]);
  });

  it("hashes large tarballs whole", async () => {
    const bytes = Buffer.alloc(9 * MEGABYTE, "x");
    const sha512 = hash("sha512", bytes, "hex");
    const tarballs = opened(temporaryFolder());
    await tarballs.put(bytes, sha512);
    expect((await tarballs.get(sha512))?.equals(bytes)).toBe(true);
  });

  it("removes altered bytes and says that there are none", async () => {
    const folder = temporaryFolder();
    const tarballs = opened(folder);
    await tarballs.put(BYTES, SHA512);
    writeFileSync(join(folder, SHA512.slice(0, 2), SHA512.slice(2)), "other bytes");
    expect(await tarballs.get(SHA512)).toBeUndefined();
    expect(readAll(folder)).toEqual([]);
  });

  it("takes no path for a digest", async () => {
    await expect(opened(temporaryFolder()).get("../../etc/passwd")).rejects.toThrow(TypeError);
  });

  const faults = (["mkdir", "writeNew", "rename"] as const).flatMap((step) =>
    (["failed", "happened"] as const).flatMap((how) =>
      (["ENOSPC", "EIO"] as const).map((code): Fault => ({ step, how, code })),
    ),
  );
  it.each(faults)("survives $code at $step that $how", async (fault) => {
    const folder = temporaryFolder();
    const tarballs = opened(folder, MEGABYTE, faultyFiles(systemDisk, fault));
    expect(await tarballs.put(BYTES, SHA512)).toEqual({
      stored: false,
      why: `injected: ${fault.step}`,
    });
    expect(unfinishedIn(folder)).toEqual([]);
    expect(await tarballs.put(BYTES, SHA512)).toEqual({ stored: true });
    expect(await tarballs.get(SHA512)).toEqual(BYTES);
  });

  it.each(["readFile", "utimes"] as const)("survives trouble at %s", async (step) => {
    const tarballs = opened(
      temporaryFolder(),
      MEGABYTE,
      faultyFiles(systemDisk, { step, how: "failed" }),
    );
    await tarballs.put(BYTES, SHA512);
    expect(await tarballs.get(SHA512)).toEqual(step === "readFile" ? undefined : BYTES);
    expect(await tarballs.get(SHA512)).toEqual(BYTES);
  });

  it("sweeps what a crash left, and serves none of it", async () => {
    const folder = temporaryFolder();
    const crashing = faultyFiles(systemDisk, { step: "rename", how: "crashed" });
    expect((await opened(folder, MEGABYTE, crashing).put(BYTES, SHA512)).stored).toBe(false);
    const [left = ""] = unfinishedIn(folder);
    const tarballs = opened(folder);
    expect(await tarballs.get(SHA512)).toBeUndefined();
    utimesSync(join(folder, left), NOW_MS / 1000 - 7200, NOW_MS / 1000 - 7200);
    await tarballs.put(BYTES, SHA512);
    await tarballs.trim();
    expect(readAll(folder)).toEqual([BYTES.toString()]);
  });

  it("drops the longest unused first when it is full", async () => {
    const folder = temporaryFolder();
    const contents = ["one", "two", "three", "four"].map((text) => Buffer.alloc(300, text));
    const digests = contents.map((bytes) => hash("sha512", bytes, "hex"));
    let nowMs = NOW_MS;
    const tarballs = openTarballs(folder, systemFiles, () => nowMs, 1000);
    for (const [index, bytes] of contents.entries()) {
      await tarballs.put(bytes, digests[index] ?? "");
      await systemFiles.touch(
        join(folder, digests[index]?.slice(0, 2) ?? "", digests[index]?.slice(2) ?? ""),
        NOW_MS - 1000 * (10 - index),
      );
    }
    nowMs = NOW_MS + 1000;
    await tarballs.get(digests[0] ?? "");
    await tarballs.trim();
    const left = await Promise.all(digests.map((digest) => tarballs.get(digest)));
    expect(left).toEqual([contents[0], undefined, contents[2], contents[3]]);
  });
});
