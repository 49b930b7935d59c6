import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Denial, Enclosure, RoomReport } from "../room.ts";
import { parseReport, REPORT_BYTES_MAX } from "./denials.ts";
import type { GuardStock } from "./guard-stock.ts";
import type { LaidOut } from "./laid-out.ts";

export interface EnclosureParts {
  readonly keeper: { readonly program: string; readonly args: readonly string[] };
  /** What the keeper reads from its descriptor 3. */
  readonly told: Uint8Array;
  /** Veln's own, which no room shows. */
  readonly folder: string;
  readonly laidOut: LaidOut;
  /** Where mounts do not guard. */
  readonly stock: GuardStock | undefined;
}

/** The keeper reads one file without a name, in Veln's own folder, and writes into another. */
export function encloseWithKeeper(parts: EnclosureParts): Enclosure {
  const told = namelessFile(parts.folder);
  const reports = namelessFile(parts.folder);
  // By position: whoever reads it starts where the descriptor stands.
  writeSync(told, parts.told, 0, undefined, 0);
  let report: RoomReport | undefined;
  return {
    ...parts.keeper,
    // The room's own environment is for the command alone: the keeper runs outside.
    environment: {},
    descriptors: [told, reports],
    close: async () => {
      report ??= finish(parts, told, reports);
      return await Promise.resolve(report);
    },
  };
}

function finish({ laidOut, stock }: EnclosureParts, told: number, reports: number): RoomReport {
  const report = parseReport(contentOf(reports));
  closeSync(told);
  closeSync(reports);
  laidOut.takeAway();
  const found = stock?.restore() ?? { restored: [], changed: [] };
  const known = new Set(report.denials.map(({ target }) => target));
  const restored = found.restored.filter((path) => !known.has(path)).map(restoredDenial);
  return { ...report, denials: [...report.denials, ...restored], altered: found.changed };
}

function restoredDenial(target: string): Denial {
  return { kind: "file-write", target, by: undefined, program: "", times: 1 };
}

export function namelessFile(folder: string): number {
  const path = join(folder, `${randomBytes(8).toString("hex")}.room`);
  const descriptor = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return descriptor;
}

function contentOf(descriptor: number): Buffer {
  const bytes = Buffer.alloc(Math.min(fstatSync(descriptor).size, REPORT_BYTES_MAX));
  const size = readSync(descriptor, bytes, 0, bytes.length, 0);
  return bytes.subarray(0, size);
}
