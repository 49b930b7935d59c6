import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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

/** Ends when the disk takes no more, with the system's own word for it. */
const FILLS = `const fs = require("node:fs");
const file = fs.openSync("filled", "w");
for (let piece = 0; piece < ${String(2 * DISK_BYTES)}; piece += ${String(PIECE_BYTES)}) {
  fs.writeSync(file, Buffer.alloc(${String(PIECE_BYTES)}));
}
`;
const FILLER = {
  name: "filler",
  versions: {
    "1.0.0": {
      manifest: { scripts: { postinstall: "node fill.js" } },
      files: { "fill.js": FILLS },
    },
  },
};

describe("an install script that fills the disk of the project", { timeout: 60_000 }, () => {
  it("ends the install, and nothing of its room stays behind", async ({ skip }) => {
    const disk = smallDisk() ?? skip("no file system can be mounted here");
    const registry = await startRegistry({ packages: [...PACKAGES, FILLER] });
    const machine = await createMachine(registry, {
      parent: disk,
      manifest: { allowScripts: { filler: true } },
    });
    const laidOut = (): readonly string[] => [
      ...readdirSync(machine.project).filter((name) => !NPM_LEAVES.has(name)),
      ...readdirSync(join(machine.home, ".cache/veln"), { recursive: true })
        .map(String)
        .filter((name) => /(?:^|[/])(?:run|trial|home|build)-|[.]room$/.test(name)),
    ];
    const before = await machine.veln("npm", "install", "first");
    const stood = laidOut();
    const full = await machine.veln("npm", "install", "filler");
    expect(before.code).toBe(0);
    expect(full).toMatchObject({ signal: null });
    expect(full.code).not.toBe(0);
    expect(full.stderr).toMatch(/ENOSPC/);
    expect(laidOut()).toEqual(stood);
    machine.delete("node_modules");
    expect(await machine.veln("npm", "install", "first")).toMatchObject({ code: 0 });
  });
});

const NPM_LEAVES: ReadonlySet<string> = new Set(["node_modules", "package-lock.json"]);

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
