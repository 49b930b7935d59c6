import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Enclosure, RoomReport } from "../room.ts";
import { parseReport, REPORT_BYTES_MAX } from "./denials.ts";
import { encodeInstructions, type Instructions } from "./instructions.ts";

/** Files without a name, in Veln's own folder: the helper reads one and writes the other. */
export function encloseWithHelper(
  helper: string,
  folder: string,
  instructions: Instructions,
): Enclosure {
  const told = namelessFile(folder);
  const reports = namelessFile(folder);
  writeSync(told, encodeInstructions(instructions));
  let report: RoomReport | undefined;
  return {
    program: helper,
    args: ["keep"],
    // The room's own environment is for the command alone: the keeper runs outside.
    environment: {},
    descriptors: [told, reports],
    close: async () => {
      report ??= finish(told, reports, instructions.placeholders);
      return await Promise.resolve(report);
    },
  };
}

function finish(told: number, reports: number, placeholders: readonly string[]): RoomReport {
  const report = parseReport(contentOf(reports));
  closeSync(told);
  closeSync(reports);
  removeEmpty(placeholders);
  return report;
}

/** The keeper has removed them, unless it was killed. What holds something by now stays. */
export function removeEmpty(placeholders: readonly string[]): void {
  for (const path of placeholders.toReversed()) {
    try {
      if (path.endsWith("/")) rmdirSync(path);
      else if (lstatSync(path).size === 0) unlinkSync(path);
    } catch {
      continue;
    }
  }
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
