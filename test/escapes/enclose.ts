import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { guardedNames } from "../../src/act/sandbox/guards.ts";
import { linuxCapacity } from "../../src/act/sandbox/linux/detect.ts";
import type { Isolation, Room, RoomLimits } from "../../src/act/sandbox/room.ts";

/**
 * Runs a command in a room, as the user that this process has, and tells on its last line what became
 * of it. What this process holds in its environment and has open is what the room must not hand on.
 */

export interface Order {
  readonly isolation: Isolation["name"];
  readonly command: readonly string[];
  readonly limits: RoomLimits;
  readonly world: {
    readonly home: string;
    readonly project: string;
    readonly programs: { readonly folder: string; readonly node: string };
    readonly gatePort: number;
  };
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const { home, project, programs, gatePort } = order.world;
const capacity = await linuxCapacity(join(home, ".cache/veln"));
const isolation = capacity.isolations.find(({ name }) => name === order.isolation);
if (isolation === undefined) throw new TypeError(JSON.stringify(capacity.lacks));

/** As Veln does: temporary files of a room lie in a folder of its own, and count. */
const temporary = mkdtempSync(join(home, ".cache/veln/tmp-"));

const room: Room = {
  readable: ["/usr", ...systemFiles(), dirname(programs.node), programs.folder],
  writable: [project, temporary],
  guarded: guardedNames([], (name) => existsSync(join(project, name))).map((name) =>
    join(project, name),
  ),
  links: rootLinks(),
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
  limits: order.limits,
};

/** Such as /bin on a machine where all programs lie in /usr. */
function rootLinks(): Readonly<Record<string, string>> {
  const links = readdirSync("/", { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
  return Object.fromEntries(links.map(({ name }) => [`/${name}`, readlinkSync(`/${name}`)]));
}

function systemFiles(): readonly string[] {
  return ["ld.so.cache", "ld.so.conf", "passwd", "group", "hosts", "nsswitch.conf", "resolv.conf", "ssl"]
    .map((name) => join("/etc", name))
    .filter((path) => existsSync(path));
}

const [program = "", ...args] = order.command;
const enclosure = await isolation.enclose(room, { program, args });
const child = spawn(enclosure.program, [...enclosure.args], {
  env: { ...enclosure.environment },
  stdio: ["inherit", "inherit", "inherit", ...enclosure.descriptors],
});
const [status, signal] = (await once(child, "exit")) as [number | null, string | null];
const report = await enclosure.close();
const told = { status, signal, layers: isolation.layers, report };
process.stdout.write(`\nVELN-ROOM ${JSON.stringify(told)}\n`);
