import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Room } from "../room.ts";
import { profileOf } from "./profile.ts";
import { trySandboxExec } from "./sandbox-exec.ts";

const folder = mkdtempSync(join(tmpdir(), "veln-sandbox-exec-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function room(): Room {
  const npmrc = join(folder, "npmrc");
  writeFileSync(npmrc, "save-exact=true\n");
  return {
    readable: ["/opt/node"],
    writable: ["/Users/dev/project"],
    guarded: [],
    links: {},
    shown: { "/Users/dev/.config/pnpm/rc": npmrc, "/Users/dev/project/.npmrc": npmrc, "/x": npmrc },
    home: "/Users/dev",
    workingFolder: "/Users/dev/project",
    environment: { HOME: "/Users/dev", LANG: "C" },
    loopbackPorts: [4000],
    limits: {
      processesMax: 1,
      memoryBytesMax: 1,
      fileBytesMax: 1,
      diskBytesMax: 1,
      timeoutMs: undefined,
    },
  };
}

describe("trySandboxExec", () => {
  it.each(["/usr/bin/no-such-program", "/bin/false"])(
    "lacks what does not work: %s",
    async (path) => {
      const lack = await trySandboxExec(path);
      expect(lack).toEqual({
        what: "sandbox-exec",
        why: expect.stringContaining(`${path} does not start a program here: `) as string,
        remedy: expect.stringContaining("part of macOS") as string,
      });
    },
  );

  it("lays out profile and home, and takes them away again", async () => {
    const isolation = await trySandboxExec("/bin/true");
    if (!("enclose" in isolation)) throw new Error(isolation.why);
    expect([isolation.name, isolation.layers]).toEqual(["sandbox-exec", ["seatbelt"]]);
    const enclosure = await isolation.enclose(room(), { program: "/opt/node/npm", args: ["ci"] });
    const [, profile = "", ...command] = enclosure.args;
    const home = join(dirname(profile), "home");
    expect([enclosure.program, enclosure.args[0], command, enclosure.descriptors]).toEqual([
      "/bin/true",
      "-f",
      ["/opt/node/npm", "ci"],
      [],
    ]);
    expect(enclosure.environment).toEqual({ HOME: home, TMPDIR: home, LANG: "C" });
    expect(readFileSync(profile, "utf8")).toBe(profileOf(room(), home));
    expect(readFileSync(join(home, ".config/pnpm/rc"), "utf8")).toBe("save-exact=true\n");
    expect(readdirSync(home).toSorted()).toEqual([".config", "project"]);
    expect(await enclosure.close()).toEqual({
      denials: [],
      denialsDropped: 0,
      altered: [],
      notStarted: undefined,
    });
    expect(existsSync(dirname(profile))).toBe(false);
  });
});
