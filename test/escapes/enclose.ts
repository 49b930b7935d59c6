import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { dirname, join } from "node:path";
import { guardedNames } from "../../src/act/sandbox/guards.ts";
import { linuxCapacity } from "../../src/act/sandbox/linux/detect.ts";
import { findSystemProgram } from "../../src/act/sandbox/linux/system-program.ts";
import type { Isolation, Room, RoomLimits } from "../../src/act/sandbox/room.ts";
import { addSystem } from "../../src/cli/sandbox/system-trees.ts";
import { createTreeList } from "../../src/cli/sandbox/trees.ts";

/**
 * Runs a command in a room, as the user that this process has, and tells on its last line what became
 * of it. What this process holds in its environment and has open is what the room must not hand on.
 */

export interface Order {
  readonly isolation: Isolation["name"];
  /** Without, as on a machine that has no compiler. */
  readonly helper: boolean;
  readonly command: readonly string[];
  readonly limits: RoomLimits;
  readonly world: {
    readonly home: string;
    readonly project: string;
    readonly programs: { readonly folder: string; readonly node: string };
    readonly gatePort: number;
  };
}

const COMPILERS = new Set(["cc", "gcc", "clang"]);

async function isolationOf({ isolation, helper, world }: Order): Promise<Isolation> {
  const folder = join(world.home, helper ? ".cache/veln" : ".cache/veln-without-compiler");
  const capacity = await linuxCapacity(folder, "all", (...names) =>
    !helper && names.some((name) => COMPILERS.has(name)) ? undefined : findSystemProgram(...names),
  );
  const found = capacity.isolations.find(({ name }) => name === isolation);
  if (found === undefined) throw new TypeError(JSON.stringify(capacity.lacks));
  return found;
}

function roomOf({ limits, world: { home, project, programs, gatePort } }: Order): Room {
  // As Veln does: temporary files of a room lie in a folder of its own, and count.
  const temporary = mkdtempSync(join(home, ".cache", "tmp-"));
  const trees = createTreeList();
  addSystem(trees);
  trees.read(dirname(programs.node), programs.folder);
  trees.write(project, temporary);
  return {
    ...trees.listed(),
    guarded: guardedNames([], (name) => existsSync(join(project, name))).map((name) =>
      join(project, name),
    ),
    shown: {},
    home,
    workingFolder: project,
    environment: {
      PATH: [dirname(programs.node), "/usr/local/bin:/usr/bin:/bin"].join(":"),
      HOME: home,
      TMPDIR: temporary,
      LANG: "C.UTF-8",
    },
    loopbackPorts: [gatePort],
    limits,
  };
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const isolation = await isolationOf(order);
const [program = "", ...args] = order.command;
const enclosure = await isolation.enclose(roomOf(order), { program, args });
const child = spawn(enclosure.program, [...enclosure.args], {
  env: { ...enclosure.environment },
  stdio: ["inherit", "inherit", "inherit", ...enclosure.descriptors],
});
const [status, signal] = (await once(child, "exit")) as [number | null, string | null];
const report = await enclosure.close();
const told = { status, signal, layers: isolation.layers, report };
process.stdout.write(`\nVELN-ROOM ${JSON.stringify(told)}\n`);
