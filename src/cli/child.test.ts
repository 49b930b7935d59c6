import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/store.ts";
import { findOnPath, runChild } from "./child.ts";

function place(folder: string, name: string, mode = 0o755): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), "#!/bin/sh\n");
  chmodSync(join(folder, name), mode);
  return join(folder, name);
}

function run(script: string, env: Record<string, string> = {}): Promise<number> {
  return runChild({
    program: process.execPath,
    args: ["-e", script],
    env,
    cwd: temporaryFolder(),
    stdoutToStderr: false,
  });
}

describe("runChild", () => {
  it.each([
    ["0", "", 0],
    ["its own status", "process.exit(42)", 42],
    [
      "128 + 15 after SIGTERM",
      'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 99)',
      143,
    ],
    [
      "128 + 9 after SIGKILL",
      'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 99)',
      137,
    ],
  ])("resolves to %s", async (_what, script, code) => {
    expect(await run(script)).toBe(code);
  });

  it("gives the child its environment and no other", async () => {
    const script = 'process.exit(process.env.ONLY === "this" && !process.env.PATH ? 5 : 6)';
    expect(await run(script, { ONLY: "this" })).toBe(5);
  });

  it.each([
    ["0, when the child took it for a wish to end well", 0, 0],
    ["128 + 1, whatever else the child makes of it", 21, 129],
  ])("passes a signal on and resolves to %s", async (_what, status, code) => {
    const before = process.listenerCount("SIGHUP");
    const script = `process.on("SIGHUP", () => process.exit(${String(status)})); process.kill(process.ppid, "SIGHUP"); setInterval(() => {}, 99)`;
    expect(await run(script)).toBe(code);
    expect(process.listenerCount("SIGHUP")).toBe(before);
  });

  it("says what cannot be started", async () => {
    const program = join(temporaryFolder(), "absent");
    const ended = runChild({ program, args: [], env: {}, cwd: "/", stdoutToStderr: false });
    await expect(ended).rejects.toMatchObject({
      code: "usage",
      message: `${program} cannot be started: spawn ${program} ENOENT.`,
    });
  });
});

describe("findOnPath", () => {
  it("takes the first that may be run and is a file", () => {
    const root = temporaryFolder();
    place(join(root, "plain"), "npm", 0o644);
    mkdirSync(join(root, "folder", "npm"), { recursive: true });
    const wanted = place(join(root, "good"), "npm");
    place(join(root, "later"), "npm");
    const folders = ["absent", "plain", "folder", "good", "later"].map((name) => join(root, name));
    const env = { PATH: ["", ...folders].join(delimiter) };
    expect(findOnPath("npm", env, join(root, "shims"))).toBe(wanted);
    expect(findOnPath("pnpm", env, join(root, "shims"))).toBeUndefined();
    expect(findOnPath("npm", {}, undefined)).toBeUndefined();
  });

  it.each([
    ["as it is", (shims: string) => shims],
    ["with a slash at its end", (shims: string) => `${shims}/`],
    ["with dots in it", (shims: string) => `${shims}/../shims/.`],
    ["through a link", (shims: string) => join(shims, "..", "link")],
  ])("overlooks the folder of the shims, spelled %s", (_what, spelled) => {
    const root = temporaryFolder();
    const shims = join(root, "shims");
    place(shims, "npm");
    symlinkSync(shims, join(root, "link"));
    const real = place(join(root, "real"), "npm");
    const env = { PATH: [spelled(shims), join(root, "real")].join(delimiter) };
    expect(findOnPath("npm", env, shims)).toBe(real);
    expect(findOnPath("npm", env, undefined)).not.toBe(real);
  });
});
