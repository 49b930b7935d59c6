import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { capturedIo } from "../../test/support/io.ts";
import { temporaryFolder } from "../../test/support/store.ts";
import { isFailure } from "../model/failure.ts";
import { wrapperCommand } from "./wrapper.ts";

const NAMES = ["npm", "npx", "pnpm", "pnpx", "yarn", "bun", "bunx"];
const GLOBALS = { json: true, policyFile: undefined, offline: false, quiet: false, noColor: true };

function home() {
  const folder = temporaryFolder();
  const shims = join(folder, ".local/share/veln/shims");
  const wrapper = async (verb: string, path = "/nowhere", json = true) => {
    const io = capturedIo({ env: { HOME: folder, PATH: path }, cwd: folder });
    try {
      const code = await wrapperCommand.run([verb], { ...GLOBALS, json }, io);
      const printed = io.printed();
      return { code, said: json ? (JSON.parse(printed) as unknown) : printed };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return { refused: error.code, said: error.message };
    }
  };
  return { folder, shims, wrapper };
}

describe("veln wrapper", () => {
  it("puts one script for each package manager in place, and takes them away", async () => {
    const { shims, wrapper } = home();
    const off = { code: 0, said: { folder: shims, installed: [], inForce: [] } };
    expect(await wrapper("status")).toEqual(off);
    expect(await wrapper("on")).toEqual({
      code: 0,
      said: { folder: shims, installed: NAMES, inForce: [] },
    });
    expect(readdirSync(shims).sort()).toEqual([...NAMES].sort());
    for (const name of NAMES) {
      const script = readFileSync(join(shims, name), "utf8");
      expect(statSync(join(shims, name)).mode & 0o777).toBe(0o755);
      expect(script).toMatch(
        /^#!\/bin\/sh\n# Written by veln wrapper on; .*\nexec '.*' '.*veln\.cjs' /,
      );
      expect(script.endsWith(` ${name} "$@"\n`)).toBe(true);
    }
    expect(await wrapper("off")).toEqual(off);
    expect(existsSync(shims)).toBe(false);
  });

  it("is in force for what a shell finds first, however PATH spells the folder", async () => {
    const { folder, shims, wrapper } = home();
    await wrapper("on");
    const early = join(folder, "early");
    mkdirSync(early);
    writeFileSync(join(early, "npm"), "#!/bin/sh\n", { mode: 0o755 });
    expect(await wrapper("status", `${shims}/`)).toMatchObject({ said: { inForce: NAMES } });
    expect(await wrapper("status", `${early}:${shims}`)).toMatchObject({
      said: { installed: NAMES, inForce: NAMES.slice(1) },
    });
    expect(await wrapper("status", `${shims}:${early}`, false)).toEqual({
      code: 0,
      said: `The wrapper is on for ${NAMES.join(", ")}.\n`,
    });
    expect(await wrapper("status", early, false)).toMatchObject({
      said: expect.stringContaining(`\n  export PATH='${shims}':"$PATH"\n`),
    });
  });

  it("leaves somebody else's file alone, and writes none of its own beside it", async () => {
    const { shims, wrapper } = home();
    mkdirSync(shims, { recursive: true });
    writeFileSync(join(shims, "yarn"), "#!/bin/sh\nmine\n");
    expect(await wrapper("on")).toEqual({
      refused: "bad-config",
      said: `${join(shims, "yarn")} was not written by Veln. Move it away and try again.`,
    });
    expect(await wrapper("off")).toEqual({
      code: 0,
      said: { folder: shims, installed: [], inForce: [] },
    });
    expect(readdirSync(shims)).toEqual(["yarn"]);
    expect(readFileSync(join(shims, "yarn"), "utf8")).toBe("#!/bin/sh\nmine\n");
  });

  it("takes away only its own, and keeps the folder of the rest", async () => {
    const { shims, wrapper } = home();
    await wrapper("on");
    writeFileSync(join(shims, "npm"), "#!/bin/sh\nmine\n");
    mkdirSync(join(shims, "extra"));
    await wrapper("off");
    expect(readdirSync(shims).sort()).toEqual(["extra", "npm"]);
  });

  it("takes a folder of a shim's name for somebody's", async () => {
    const { shims, wrapper } = home();
    mkdirSync(join(shims, "npm"), { recursive: true });
    expect(await wrapper("on")).toMatchObject({ refused: "bad-config" });
    expect(await wrapper("status")).toMatchObject({ said: { installed: [] } });
  });

  it("says so where the folder cannot be made", async () => {
    const { folder, shims, wrapper } = home();
    writeFileSync(join(folder, ".local"), "a file");
    expect(await wrapper("on")).toEqual({
      refused: "bad-config",
      said: expect.stringContaining(`${shims} cannot be changed: `) as string,
    });
  });

  it("mends a script that may not be run any more", async () => {
    const { shims, wrapper } = home();
    await wrapper("on");
    chmodSync(join(shims, "npm"), 0o644);
    await wrapper("on");
    expect(statSync(join(shims, "npm")).mode & 0o777).toBe(0o755);
  });

  it.each([[[]], [["up"]], [["on", "off"]]])("wants one word it knows, not %j", async (words) => {
    const io = capturedIo({ env: { HOME: "/nowhere" }, cwd: "/" });
    await expect(wrapperCommand.run(words, GLOBALS, io)).rejects.toMatchObject({ code: "usage" });
  });
});
