import { isAbsolute } from "node:path/posix";
import type { JsonObject } from "../../model/canonical.ts";
import type { SandboxMode } from "../../model/policy.ts";
import { printable } from "../../model/printable.ts";
import type { Denial, Lack, Layer } from "../sandbox/room.ts";
import { allowanceFor, type RoomPlace } from "./allowance.ts";
import { counted, type Layout, printSize, styled, wrapped } from "./layout.ts";

/** How a command ran: in which room, and what came of it. */
export interface SandboxOutcome {
  readonly mode: SandboxMode;
  /** Undefined: it ran with the person's own rights. */
  readonly isolation: string | undefined;
  readonly layers: readonly Layer[];
  /** What this machine could not do. */
  readonly lacks: readonly Lack[];
  readonly denials: readonly Denial[];
  readonly denialsDropped: number;
  readonly downloads: readonly SandboxDownload[];
  /** Folders of downloads for all projects that are new in the home folder. */
  readonly kept: readonly string[];
  /** Hosts that were open and could not be reached, a sentence each. */
  readonly failures: readonly string[];
  readonly place: RoomPlace;
}

export interface SandboxDownload {
  /** `host:port` */
  readonly from: string;
  /** The package as its script says, where it does. */
  readonly by: string | undefined;
  readonly times: number;
  readonly bytes: number;
}

/** Tried by Node, and with it by every package manager, at each start; they do without. */
const HABITS = new Set(["io_uring_setup"]);

const SHOWN_MAX = 12;
const TARGET_LENGTH_MAX = 160;
const NAME_LENGTH_MAX = 80;

/** Lines for the end of an install, after the verdicts. */
export function sandboxSummary(outcome: SandboxOutcome, layout: Layout): readonly string[] {
  const denials = byPackage(outcome.denials.filter(isNoHabit));
  const shown = denials.slice(0, SHOWN_MAX);
  const left = denials.length - shown.length + outcome.denialsDropped;
  return [
    ...inForce(outcome, layout),
    ...shown.flatMap((denial) => denialLines(denial, outcome.place, layout)),
    ...(left > 0 ? [`  and ${String(left)} more that the sandbox denied`] : []),
    ...outcome.downloads.slice(0, SHOWN_MAX).flatMap((item) => downloadLines(item, layout)),
    ...outcome.kept.slice(0, SHOWN_MAX).flatMap((path) => keptLines(path, outcome.place, layout)),
    ...outcome.failures.slice(0, SHOWN_MAX).flatMap((text) => wrapped(text, "  ", layout)),
  ];
}

/** Whether there is something to say even where a person wants to hear of trouble alone. */
export function isWorthTelling({
  denials,
  denialsDropped,
  isolation,
  mode,
}: SandboxOutcome): boolean {
  const isDenied = denials.some(isNoHabit) || denialsDropped > 0;
  return isDenied || (isolation === undefined && mode !== "off");
}

function isNoHabit({ kind, target }: Denial): boolean {
  return kind !== "system-call" || !HABITS.has(target);
}

function inForce({ mode, isolation, layers, lacks }: SandboxOutcome, layout: Layout): string[] {
  if (isolation !== undefined) {
    const text = `Scripts ran in a sandbox: ${isolation} (${layers.join(", ")}).`;
    const missing = lacks.map(
      ({ what, why }) => `${what} would be better, and does not work: ${why}`,
    );
    const doctor = missing.length === 0 ? [] : ["veln doctor says what to do about it."];
    return [text, ...missing, ...doctor].flatMap((line, index) =>
      wrapped(line, index === 0 ? "" : "  ", layout),
    );
  }
  const why =
    mode === "off"
      ? 'the policy says sandbox.mode = "off".'
      : "nothing on this machine can isolate them. veln doctor says what to do about it.";
  const text = `Scripts ran with your own rights, in no sandbox: ${why}`;
  return wrapped(text, "", layout).map((line) => styled("yellow", line, layout));
}

/** Those of one package together, the most frequent first. */
function byPackage(denials: readonly Denial[]): readonly Denial[] {
  const groups = Map.groupBy(denials, ({ by }) => by ?? "");
  return [...groups.values()]
    .map((group) => [...group].sort((a, b) => b.times - a.times))
    .sort((a, b) => b.length - a.length)
    .flat();
}

const WANTED: Readonly<Record<Denial["kind"], string>> = {
  "file-read": "read",
  "file-write": "change",
  execute: "run",
  network: "reach",
  "unix-socket": "talk to",
  "system-call": "call",
  limit: "go beyond its limit of",
};

function denialLines(denial: Denial, place: RoomPlace, layout: Layout): readonly string[] {
  const { kind, by, program, times } = denial;
  const who = by === undefined ? "a script" : printable(by, NAME_LENGTH_MAX);
  const details = [
    ...(program === "" ? [] : [printable(program, NAME_LENGTH_MAX)]),
    ...(times === 1 ? [] : [counted(times, "time")]),
  ];
  const with_ = details.length === 0 ? "" : ` (${details.join(", ")})`;
  const target = printable(shortened(denial.target, place.home), TARGET_LENGTH_MAX);
  const allowance = allowanceFor(denial, place);
  return [
    ...wrapped(`${who} wanted to ${WANTED[kind]} ${target}${with_}`, "           ", layout).map(
      (line, index) =>
        index === 0 ? `  ${styled(["bold", "red"], "denied", layout)} ${line.trimStart()}` : line,
    ),
    ...(allowance === undefined ? [] : [`    if that is honest: ${allowance}`]),
  ];
}

function downloadLines({ from, by, bytes }: SandboxDownload, layout: Layout): readonly string[] {
  const who = by === undefined ? "a script" : printable(by, NAME_LENGTH_MAX);
  const text = `${who} downloaded ${printSize(bytes)} from ${printable(from, TARGET_LENGTH_MAX)}`;
  return wrapped(text, "  ", layout);
}

function keptLines(path: string, { home }: RoomPlace, layout: Layout): readonly string[] {
  const place = printable(shortened(path, home), TARGET_LENGTH_MAX);
  return wrapped(`kept for other projects, too: ${place}`, "  ", layout);
}

function shortened(target: string, home: string): string {
  return isAbsolute(target) && target.startsWith(`${home}/`)
    ? `~${target.slice(home.length)}`
    : target;
}

/** The member `sandbox` of `veln --json npm …`. */
export function sandboxJson(outcome: SandboxOutcome): JsonObject {
  const { mode, isolation, layers, lacks, denials, denialsDropped, downloads, failures } = outcome;
  return {
    mode,
    isolation: isolation ?? null,
    layers,
    lacks: lacks.map(({ what, why, remedy }) => ({ what, why, remedy })),
    denials: denials.map((denial) => denialJson(denial, outcome.place)),
    denialsDropped,
    downloads: downloads.map(({ from, by, times, bytes }) => ({
      from,
      by: by ?? null,
      times,
      bytes,
    })),
    kept: outcome.kept,
    unreachable: failures,
  };
}

function denialJson(denial: Denial, place: RoomPlace): JsonObject {
  const { kind, target, by, program, times } = denial;
  return {
    kind,
    target,
    by: by ?? null,
    program,
    times,
    allow: allowanceFor(denial, place) ?? null,
  };
}
