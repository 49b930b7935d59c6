import type { JsonObject } from "../../model/canonical.ts";
import type { SandboxMode } from "../../model/policy.ts";
import type { Capacity, Isolation, Layer } from "../sandbox/room.ts";
import { type Layout, styled, wrapped } from "./layout.ts";

export interface DoctorReport {
  readonly capacity: Capacity;
  readonly mode: SandboxMode;
}

/** What a layer keeps install scripts from, for people. */
const LAYER_WORDS: Readonly<Record<Layer, string>> = {
  mounts: "files that are not theirs are not there",
  processes: "other processes cannot be seen or signalled",
  ipc: "no shared memory or message queue of others",
  network: "nobody can be reached but the gate and the proxy",
  "system-calls": "no tracing, mounting, raw sockets, kernel interfaces",
  "landlock-files": "files that are not theirs cannot be opened",
  "landlock-network": "no TCP but to the gate and the proxy",
  "landlock-scopes": "no abstract sockets and no signals to others",
  seatbelt: "files, programs and network that are not theirs are shut",
  limits: "bounds on processes, memory, disk and time",
  reports: "what was denied is told, with the package that wanted it",
};

const LAYER_COLUMN = 18;

/** Ends in a line feed. */
export function doctorText({ capacity, mode }: DoctorReport, layout: Layout): string {
  const [best, ...others] = capacity.isolations;
  const lines = [
    ...(best === undefined ? nothing(mode, layout) : inUse(best, mode, layout)),
    ...others.flatMap(({ name }) => wrapped(`${name} would work here, too.`, "", layout)),
    ...capacity.lacks.flatMap(({ what, why, remedy }) => [
      "",
      styled("yellow", `Not working: ${what}`, layout),
      ...wrapped(why, "  ", layout),
      ...wrapped(remedy, "  ", layout),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function inUse({ name, layers }: Isolation, mode: SandboxMode, layout: Layout): readonly string[] {
  const isOff = mode === "off" ? ', but the policy says sandbox.mode = "off"' : "";
  return [
    ...wrapped(`Install scripts run sandboxed by ${name}${isOff}.`, "", layout).map((line) =>
      styled(isOff === "" ? "green" : "yellow", line, layout),
    ),
    ...layers.map((layer) => `  ${layer.padEnd(LAYER_COLUMN)}${LAYER_WORDS[layer]}`),
  ];
}

function nothing(mode: SandboxMode, layout: Layout): readonly string[] {
  const then =
    mode === "require"
      ? "Veln refuses to install, because the policy asks for a sandbox."
      : "They run with your own rights, as the policy says.";
  return wrapped(`Nothing on this machine can isolate install scripts. ${then}`, "", layout).map(
    (line) => styled(["bold", "red"], line, layout),
  );
}

export function doctorJson({ capacity, mode }: DoctorReport): JsonObject {
  const { isolations, lacks } = capacity;
  return {
    sandbox: {
      mode,
      inUse: mode === "off" ? null : (isolations[0]?.name ?? null),
      isolations: isolations.map(({ name, layers }) => ({ name, layers })),
      lacks: lacks.map(({ what, why, remedy }) => ({ what, why, remedy })),
    },
  };
}
