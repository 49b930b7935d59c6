import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import type { Room } from "../../act/sandbox/room.ts";
import { DEFAULT_POLICY } from "../../judge/defaults.ts";
import type { SandboxPolicy } from "../../model/policy.ts";
import { installRoom, type InstallPlan } from "./install-room.ts";

const POLICY: SandboxPolicy = DEFAULT_POLICY.sandbox;

interface Ground {
  readonly home: string;
  readonly at: (path: string) => string;
  readonly room: (folder: string, changed?: Partial<InstallPlan>) => Room;
}

/** A home folder with these files, a run folder, and rooms of commands that run in it. */
function ground(files: readonly string[]): Ground {
  const root = realpathSync(temporaryFolder());
  const home = join(root, "home");
  const at = (path: string): string => join(home, path);
  for (const path of [".cache/run/x", ...files]) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), "{}");
  }
  const room = (folder: string, changed: Partial<InstallPlan> = {}): Room =>
    installRoom({
      cwd: at(folder),
      projectFolder: at(folder),
      userEnvironment: { HOME: home, PATH: "/usr/bin:/bin" },
      environment: { PATH: "/usr/bin:/bin", HOME: "/elsewhere" },
      policy: POLICY,
      runFolder: at(".cache/run"),
      needs: {},
      ports: [4873],
      shown: {},
      ...changed,
    });
  return { home, at, room };
}

/** Those trees of a room that lie in the home folder. */
function inHome(paths: readonly string[], { home }: Ground): readonly string[] {
  return paths
    .filter((path) => path.startsWith(`${home}/`))
    .map((path) => path.slice(home.length + 1));
}

describe("installRoom", () => {
  it("lets an install change its project and the run's folder, and see nothing of the home folder", () => {
    const it_ = ground([".ssh/id_rsa", "app/package.json", "app/.git/HEAD", "other/package.json"]);
    const room = it_.room("app");
    expect({
      writable: inHome(room.writable, it_),
      readable: inHome(room.readable, it_),
      home: room.home,
      workingFolder: room.workingFolder,
      environment: room.environment,
      loopbackPorts: room.loopbackPorts,
    }).toEqual({
      writable: [".cache/run", "app"],
      readable: [],
      home: it_.home,
      workingFolder: it_.at("app"),
      environment: { PATH: "/usr/bin:/bin", HOME: it_.home },
      loopbackPorts: [4873],
    });
    expect(room.readable).toContain("/usr");
    expect(room.readable.filter((path) => /shadow|ssl\/private|sudoers/.test(path))).toEqual([]);
    expect(room.guarded).toEqual(
      expect.arrayContaining([
        it_.at("app/.git/hooks/"),
        it_.at("app/.git/config"),
        it_.at("app/.github/"),
        it_.at("app/.vscode/"),
        it_.at("app/veln.toml"),
      ]),
    );
  });

  it("guards a repository that is not there yet whole, and lockfiles of other projects", () => {
    const it_ = ground([
      ...["app/package.json", "app/package-lock.json", "app/examples/one/yarn.lock"],
      "app/node_modules/x/package-lock.json",
    ]);
    const guarded = it_.room("app").guarded.filter((path) => /\.git\/|lock/.test(path));
    expect(guarded).toEqual([it_.at("app/.git/"), it_.at("app/examples/one/yarn.lock")]);
  });

  it("opens what the policy opens, and makes what is to be written", () => {
    const it_ = ground(["app/package.json", "app/.git/HEAD", ".tool/config", "shared/x"]);
    const policy = {
      ...POLICY,
      read: ["~/.tool", "../shared", "/nowhere/at/all"],
      write: ["~/.made/for/it"],
      unguarded: [".git", ".vscode"],
    };
    const room = it_.room("app", { policy });
    expect(inHome(room.readable, it_)).toEqual([".tool", "shared"]);
    expect(inHome(room.writable, it_)).toEqual([".cache/run", ".made/for/it", "app"]);
    expect(room.guarded.filter((path) => /\.git\/|vscode/.test(path))).toEqual([]);
    expect(room.guarded).toContain(it_.at("app/.github/"));
  });

  it("leaves what lies around alone where there is no project yet", () => {
    const it_ = ground(["work/thesis/text", "work/notes.txt"]);
    const { guarded, writable } = it_.room("work");
    expect(writable).toContain(it_.at("work"));
    expect(guarded).toEqual(
      expect.arrayContaining([it_.at("work/notes.txt"), it_.at("work/thesis")]),
    );
  });

  it("shows the repository around a project, and the folder that a command stands in", () => {
    const it_ = ground(["all/.git/HEAD", "all/app/package.json", "all/secret/x", "stand/x"]);
    const room = it_.room("all/app", { cwd: it_.at("stand") });
    expect(inHome(room.readable, it_)).toEqual(["all", "stand"]);
    expect(inHome(room.writable, it_)).toEqual([".cache/run", "all/app"]);
  });

  it.each([
    [".", "the home folder"],
    ["..", "a folder around it"],
  ])("refuses %s as a project: %s", (folder) => {
    const it_ = ground(["package.json"]);
    expect(() => it_.room(folder)).toThrow(expect.objectContaining({ code: "usage" }) as Error);
    expect(it_.room(folder, { needs: { isElsewhere: true } }).workingFolder).toBe(
      realpathSync(it_.at(folder)),
    );
  });

  it("works elsewhere without the project: a global install changes its own folder alone", () => {
    const it_ = ground(["app/package.json", "prefix/lib/node_modules/npm/x"]);
    const needs = {
      isElsewhere: true,
      writable: [it_.at("prefix/lib/node_modules")],
      guarded: [it_.at("prefix/lib/node_modules/npm")],
    };
    const room = it_.room("app", { needs });
    expect(inHome(room.writable, it_)).toEqual([".cache/run", "prefix/lib/node_modules"]);
    expect(inHome(room.readable, it_)).toEqual(["app"]);
    expect(room.guarded).toEqual(needs.guarded);
  });

  it("comes to a home folder on another disk by its link, and to none that is the whole disk", () => {
    const it_ = ground(["app/package.json"]);
    const link = join(dirname(it_.home), "link");
    symlinkSync("home", link);
    const cwd = join(link, "app");
    const linked = it_.room("app", { cwd, projectFolder: cwd, userEnvironment: { HOME: link } });
    expect(linked).toMatchObject({
      home: it_.home,
      workingFolder: it_.at("app"),
      links: { [link]: "home" },
    });
    expect(it_.room("app", { userEnvironment: { HOME: "/" } }).home).toBe(
      it_.at(".cache/run/home"),
    );
  });
});
