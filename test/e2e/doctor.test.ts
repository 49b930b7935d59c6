import { chownSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findSystemProgram } from "../../src/act/sandbox/linux/system-program.ts";
import type { Isolation } from "../../src/act/sandbox/room.ts";
import { reaching, running, trying } from "../support/install-scripts.ts";
import { createMachine, type Machine, type Run } from "../support/machine.ts";
import { startRegistry } from "../support/registry/registry.ts";

const VELN = fileURLToPath(new URL("../../bin/veln.cjs", import.meta.url));
const TEST_MS_MAX = 90_000;
const ORDINARY = 61_234;

/** A machine in a state of its own; whatever is changed for it is gone with the process. */
interface State {
  readonly name: string;
  /** Put before a command. */
  readonly wrapper: readonly string[];
  readonly isolations: readonly Isolation["name"][];
  readonly lacks: readonly string[];
  /** Of `veln doctor`. */
  readonly status: number;
  readonly asUser?: true;
}

/** In mounts of the process's own, these programs are no programs. */
const hiding = (...names: readonly string[]): readonly string[] => {
  const hide = names
    .map((name) => findSystemProgram(name))
    .map((path) => `mount --bind /dev/null ${path ?? "/nonexistent"} && `);
  return ["unshare", "-m", "sh", "-c", `${[...new Set(hide)].join("")}exec "$@"`, "sh"];
};

const COMPILERS = ["cc", "gcc", "clang"].filter((name) => findSystemProgram(name) !== undefined);

const STATES: readonly State[] = [
  {
    name: "a stock machine",
    wrapper: [],
    isolations: ["bubblewrap", "landlock"],
    lacks: [],
    status: 0,
  },
  {
    name: "an ordinary user",
    wrapper: ["setpriv", `--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, "--clear-groups"],
    isolations: ["bubblewrap", "landlock"],
    lacks: [],
    status: 0,
    asUser: true,
  },
  {
    name: "an ordinary user without new privileges",
    wrapper: [
      ...["setpriv", `--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, "--clear-groups"],
      "--no-new-privs",
    ],
    isolations: ["bubblewrap", "landlock"],
    lacks: [],
    status: 0,
    asUser: true,
  },
  {
    name: "a machine without bubblewrap",
    wrapper: hiding("bwrap"),
    isolations: ["landlock"],
    lacks: ["bubblewrap"],
    status: 3,
  },
  {
    name: "a machine without a compiler",
    wrapper: hiding(...COMPILERS),
    isolations: ["bubblewrap"],
    lacks: ["helper", "landlock"],
    status: 3,
  },
  {
    name: "a container that forbids user namespaces",
    // Set in a user namespace of the process's own: the machine keeps its setting.
    wrapper: [
      ...["unshare", "-Ur", "sh", "-c"],
      'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
      "sh",
    ],
    isolations: ["landlock"],
    lacks: ["bubblewrap"],
    status: 3,
  },
  {
    name: "a machine with neither",
    wrapper: hiding("bwrap", ...COMPILERS),
    isolations: [],
    lacks: ["helper", "bubblewrap", "landlock"],
    status: 69,
  },
];

const isReady =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  COMPILERS.length > 0 &&
  ["bwrap", "setpriv", "unshare", "prlimit"].every((name) => findSystemProgram(name) !== undefined);

function veln(machine: Machine, { wrapper }: State, ...args: readonly string[]): Promise<Run> {
  return machine.start([...wrapper, process.execPath, VELN, ...args]).ended;
}

/** Lent to every machine of the tests; one without a compiler has none. */
function takeHelperFrom({ home }: Machine): void {
  rmSync(join(home, ".cache/veln/sandbox"), { recursive: true });
}

function giveTo(number: number, folder: string): void {
  const below = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const path of [folder, ...below.map((name) => join(folder, name))]) {
    chownSync(path, number, number);
  }
}

describe.skipIf(!isReady).each(STATES)(
  "$name (needs root, bwrap and a compiler)",
  { timeout: TEST_MS_MAX },
  (state) => {
    it("is told what it can isolate scripts with, and installs as the policy says", async () => {
      const registry = await startRegistry();
      const { port } = new URL(registry.url);
      registry.add(running("thief", trying({ elsewhere: reaching("127.0.0.1", port) })));
      const machine = await createMachine(registry, {
        manifest: { allowScripts: { thief: true } },
      });
      if (state.asUser === true) giveTo(ORDINARY, dirname(machine.home));
      if (state.lacks.includes("helper")) takeHelperFrom(machine);

      const doctor = await veln(machine, state, "doctor", "--json");
      const { sandbox } = JSON.parse(doctor.stdout) as {
        sandbox: { isolations: readonly { name: string }[]; lacks: readonly { what: string }[] };
      };
      expect({
        isolations: sandbox.isolations.map(({ name }) => name),
        lacks: sandbox.lacks.map(({ what }) => what),
        status: doctor.code,
      }).toEqual({ isolations: state.isolations, lacks: state.lacks, status: state.status });

      const install = await veln(machine, state, "npm", "install", "thief");
      const [best] = state.isolations;
      expect({ status: install.code, ran: machine.has("seen.json") }).toEqual(
        best === undefined ? { status: 69, ran: false } : { status: 0, ran: true },
      );
      expect(install.stderr).toContain(best ?? "Nothing on this machine can isolate");
    });
  },
);

it.skipIf(!isReady)(
  "a machine with neither installs where the policy prefers a sandbox, and says that there was none",
  { timeout: TEST_MS_MAX },
  async () => {
    const neither = STATES.find(({ isolations }) => isolations.length === 0);
    const registry = await startRegistry();
    const { port } = new URL(registry.url);
    registry.add(running("script", trying({ elsewhere: reaching("127.0.0.1", port) })));
    const machine = await createMachine(registry, {
      manifest: { allowScripts: { script: true } },
      policy: '[sandbox]\nmode = "prefer"\n',
    });
    if (neither === undefined) throw new TypeError();
    takeHelperFrom(machine);
    const install = await veln(machine, neither, "npm", "install", "script");
    expect({ status: install.code, seen: machine.read("seen.json") }).toEqual({
      status: 0,
      seen: '{"elsewhere":"connected"}',
    });
    expect(install.stderr).toMatch(/no sandbox|not sandboxed|your own rights/i);
  },
);
