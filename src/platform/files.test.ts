import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { faultyFiles } from "./faulty-files.ts";
import { systemDisk, systemFiles } from "./files.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "veln-files-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

describe("files", () => {
  it("are written whole, replaced whole and readable by this user alone", async () => {
    const path = join(temporaryFolder(), "sub", "file");
    expect(await systemFiles.read(path)).toBeUndefined();
    await systemFiles.write(path, Buffer.from("one"));
    await systemFiles.write(path, Buffer.from("two"), { durable: true });
    expect((await systemFiles.read(path))?.toString()).toBe("two");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, ".."))).toEqual(["file"]);
  });

  it("that are created never replace one that is there", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "file");
    const texts = ["one", "two", "three"];
    const created = await Promise.all(
      texts.map((text) => systemFiles.create(path, Buffer.from(text))),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect((await systemFiles.read(path))?.toString()).toBe(texts[created.indexOf(true)]);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("that are absent can be removed, touched and listed", async () => {
    const path = join(temporaryFolder(), "none");
    await systemFiles.remove(path);
    await systemFiles.touch(path, 1000);
    expect(await systemFiles.list(path)).toEqual([]);
  });

  it("are listed with size and time", async () => {
    const folder = temporaryFolder();
    await systemFiles.write(join(folder, "file"), Buffer.from("four"));
    await systemFiles.touch(join(folder, "file"), 5000);
    expect(await systemFiles.list(folder)).toEqual([
      { path: join(folder, "file"), kind: "file", sizeBytes: 4, modifiedAtMs: 5000 },
    ]);
  });

  it.each(["writeNew", "rename"] as const)("stay as they were when %s fails", async (step) => {
    const folder = temporaryFolder();
    const path = join(folder, "file");
    await systemFiles.write(path, Buffer.from("old"));
    const faulty = faultyFiles(systemDisk, { step, how: "failed", code: "ENOSPC" });
    await expect(faulty.write(path, Buffer.from("new"))).rejects.toThrow(`injected: ${step}`);
    expect((await systemFiles.read(path))?.toString()).toBe("old");
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});
