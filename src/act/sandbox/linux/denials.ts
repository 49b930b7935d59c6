import { type Denial, DENIAL_KINDS, type DenialKind, type RoomReport } from "../room.ts";

/**
 * Reads what the keeper wrote down (`room/reports.c`). The lines are the keeper's, the texts in them
 * the sandboxed code's own.
 */

/** The keeper writes a kilobyte a line at most, and some two thousand lines. */
export const REPORT_BYTES_MAX = 8 * 1024 * 1024;

const LINE = /^([a-z-]+) (\d{1,15}) (-|[0-9a-f]+) (-|[0-9a-f]+) (-|[0-9a-f]+)$/;
const LINE_BYTES_MAX = 4096;

interface Line {
  readonly kind: string;
  readonly times: number;
  readonly target: string;
  readonly by: string;
  readonly program: string;
}

/** A line that is none, the last one of a keeper that was killed for example, counts as dropped. */
export function parseReport(bytes: Uint8Array): RoomReport {
  const texts = Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
  const lines = texts.map(parseLine);
  const known = lines.filter((line) => line !== undefined);
  const denials = new Map<string, Denial>();
  for (const line of known) {
    if (isDenialKind(line.kind)) denials.set(keyOf(line), denialOf(line, line.kind));
  }
  return {
    denials: [...denials.values()],
    denialsDropped:
      lines.length - known.length + (known.find((line) => line.kind === "dropped")?.times ?? 0),
    notStarted: known.find((line) => line.kind === "not-started")?.target,
    altered: [],
  };
}

function parseLine(line: string): Line | undefined {
  if (line.length > LINE_BYTES_MAX) return undefined;
  const [, kind = "", times, target = "", by = "", program = ""] = LINE.exec(line) ?? [];
  if (times === undefined) return undefined;
  return {
    kind,
    times: Number(times),
    target: fromHex(target),
    by: fromHex(by),
    program: fromHex(program),
  };
}

function fromHex(field: string): string {
  return field === "-" ? "" : Buffer.from(field, "hex").toString("utf8");
}

/** A denial that came again is written again, with the whole count: the last line counts. */
function keyOf({ kind, target, by, program }: Line): string {
  return JSON.stringify([kind, target, by, program]);
}

function denialOf({ target, by, program, times }: Line, kind: DenialKind): Denial {
  return { kind, target, by: by === "" ? undefined : by, program, times };
}

function isDenialKind(kind: string): kind is DenialKind {
  return DENIAL_KINDS.some((known) => known === kind);
}
