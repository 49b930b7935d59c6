import { describe, expect, it } from "vitest";
import type { Room } from "../room.ts";
import { type Layout, layoutOf } from "./layout.ts";

const SCRATCH = { bytesMax: 1000, emptyFile: "/own/empty" };
const PROJECT = "/home/dev/project";

function layout(change: Partial<Room>, present: readonly string[] = []): Layout {
  const room: Room = {
    readable: ["/usr"],
    writable: [PROJECT],
    guarded: [],
    links: {},
    shown: {},
    home: "/home/dev",
    workingFolder: PROJECT,
    environment: {},
    loopbackPorts: [],
    limits: {
      processesMax: 1,
      memoryBytesMax: 1,
      fileBytesMax: 1,
      diskBytesMax: 1,
      timeoutMs: undefined,
    },
    ...change,
  };
  return layoutOf(room, (path) => present.includes(path), SCRATCH);
}

/** The mounts in their order, as `kind place` or `kind place from`. */
function mountsOf({ args }: Layout): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [kind = "", first = "", second = ""] = args.slice(at, at + 3);
    if (kind === "--tmpfs" || kind === "--remount-ro") found.push(`${kind} ${first}`);
    if (/^--(ro-)?bind$|^--symlink$/.test(kind)) {
      found.push(first === second ? `${kind} ${first}` : `${kind} ${second} ${first}`);
    }
  }
  return found;
}

describe("the file system of a room", () => {
  it("lays parents before children, and closes what is left open at the end", () => {
    const { args } = layout({ readable: ["/usr", "/home/dev/.nvm"], links: { "/bin": "usr/bin" } });
    expect(mountsOf({ args, placeholders: [] })).toEqual([
      "--tmpfs /dev/shm",
      "--symlink /bin usr/bin",
      "--tmpfs /home/dev",
      "--ro-bind /home/dev/.nvm",
      `--bind ${PROJECT}`,
      "--tmpfs /tmp",
      "--ro-bind /usr",
      "--tmpfs /var/tmp",
      "--remount-ro /proc",
      "--remount-ro /dev",
      "--remount-ro /",
    ]);
    expect(args.slice(-2)).toEqual(["--chdir", PROJECT]);
  });

  it("holds a guarded file and the folders above it in their places", () => {
    const present = [`${PROJECT}/.git`, `${PROJECT}/.git/config`];
    const held = layout({ guarded: [`${PROJECT}/.git/config`] }, present);
    expect(mountsOf(held).filter((mount) => mount.includes(".git"))).toEqual([
      `--bind ${PROJECT}/.git`,
      `--ro-bind ${PROJECT}/.git/config`,
    ]);
    expect(held.placeholders).toEqual([]);
  });

  it("lets something stand where a guarded path begins to be missing", () => {
    const held = layout({
      guarded: [`${PROJECT}/.git/hooks/`, `${PROJECT}/.vscode/`, `${PROJECT}/.npmrc`],
    });
    expect(held.placeholders).toEqual([
      `${PROJECT}/.git/`,
      `${PROJECT}/.npmrc`,
      `${PROJECT}/.vscode/`,
    ]);
    expect(mountsOf(held).filter((mount) => /\.(git|vscode|npmrc)$/.test(mount))).toEqual([
      `--ro-bind ${PROJECT}/.git`,
      `--ro-bind ${PROJECT}/.npmrc`,
      `--ro-bind ${PROJECT}/.vscode`,
    ]);
  });

  it("does nothing for a guarded path that is read-only anyway", () => {
    const held = layout({ readable: [`${PROJECT}/vendor`], guarded: [`${PROJECT}/vendor/.npmrc`] });
    expect(held.placeholders).toEqual([]);
    expect(mountsOf(held).filter((mount) => mount.includes("vendor"))).toEqual([
      `--ro-bind ${PROJECT}/vendor`,
    ]);
  });

  it("stands an empty file for a guarded one in the scratch home, and shows what is to be shown", () => {
    const held = layout({
      guarded: ["/home/dev/.bashrc"],
      shown: { "/home/dev/.npmrc": "/own/npmrc", [`${PROJECT}/.npmrc`]: "/own/project-npmrc" },
    });
    expect(mountsOf(held).filter((mount) => /rc( |$)/.test(mount))).toEqual([
      "--ro-bind /home/dev/.bashrc /own/empty",
      "--ro-bind /home/dev/.npmrc /own/npmrc",
      `--ro-bind ${PROJECT}/.npmrc /own/project-npmrc`,
    ]);
    expect(held.placeholders).toEqual([`${PROJECT}/.npmrc`]);
  });

  it("takes the stricter of two for one path", () => {
    const twice = layout({ readable: ["/usr", PROJECT] });
    expect(mountsOf(twice)).toContain(`--ro-bind ${PROJECT}`);
    expect(mountsOf(twice)).not.toContain(`--bind ${PROJECT}`);
  });
});
