import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createMachine } from "../support/machine.ts";
import { startRegistry } from "../support/registry/registry.ts";
import { soundStore } from "../support/store.ts";

const DISK_BYTES = 8 * 1024 * 1024;
const PIECE_BYTES = 4096;

/** A disk of its own, or undefined where nobody may mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "veln-disk-"));
  try {
    const options = ["-t", "tmpfs", "-o", `size=${String(DISK_BYTES)}`, "tmpfs", folder];
    execFileSync("mount", options, { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  onTestFinished(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Writes until the disk takes no more; returns how to undo it. */
function fill(disk: string): () => void {
  const path = join(disk, "filler");
  writeFileSync(path, "");
  for (let size = 1024 * 1024; size >= PIECE_BYTES;) {
    try {
      writeFileSync(path, Buffer.alloc(size), { flag: "a" });
    } catch {
      size /= 2;
    }
  }
  return () => rmSync(path);
}

const PACKAGES = [
  { name: "first", versions: { "1.0.0": {} } },
  {
    name: "second",
    versions: { "1.0.0": { files: { "large.js": `//${"x".repeat(900_000)}\n` } } },
  },
];

describe("a full disk", { timeout: 60_000 }, () => {
  it.for(["XDG_CACHE_HOME", "XDG_DATA_HOME"])(
    "under %s: the install ends without harm and a second try works",
    async (variable, { skip }) => {
      const disk = smallDisk() ?? skip("no file system can be mounted here");
      mkdirSync(join(disk, "of-veln"));
      const registry = await startRegistry({ packages: PACKAGES });
      const machine = await createMachine(registry, { env: { [variable]: join(disk, "of-veln") } });
      const before = await machine.veln("npm", "install", "first");
      const free = fill(disk);
      const full = await machine.veln("npm", "install", "second");
      const whole = machine.has("node_modules/second/large.js");
      free();
      const after = await machine.veln("npm", "install", "second");
      expect([before.code, after.code]).toEqual([0, 0]);
      expect(full.signal).toBeNull();
      expect(whole).toBe(full.code === 0);
      expect(full.stderr).not.toMatch(/^\s+at /m);
      const data =
        variable === "XDG_DATA_HOME" ? join(disk, "of-veln") : `${machine.home}/.local/share`;
      expect(await soundStore(join(data, "veln"))).toEqual({ rows: 2, origins: 0, unfinished: [] });
    },
  );
});
