/*
 * What lies behind the choice of the parser's mode (src/examine/parse/oxc.ts): JavaScript and
 * TypeScript below the given folders, parsed and walked for calls and names in each mode, one
 * fresh process a mode and round, in changing order.
 *
 *     node bench/parse/bench.ts [--runs 3] [DIR…]
 *
 * Without a folder: the node_modules of this repository.
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { markdownTable, spread } from "../figures.ts";
import { describe, thisMachine } from "../machine.ts";
import { MODES, readerIn, type Mode } from "./readers.ts";

/** Larger files would measure one file, not the many. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

interface Measured {
  readonly megabytes: number;
  readonly seconds: number;
  readonly peakRssMb: number;
  readonly calls: number;
}

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "3" }, mode: { type: "string" } },
  allowPositionals: true,
});
const folders =
  positionals.length > 0
    ? positionals
    : [fileURLToPath(new URL("../../node_modules", import.meta.url))];

const mode = MODES.find((name) => name === values.mode);
if (mode === undefined) console.log(compare());
else console.log(JSON.stringify(measure(mode)));

function compare(): string {
  const seen = new Map<Mode, Measured[]>(MODES.map((name) => [name, []]));
  for (let round = 0; round < Number(values.runs); round += 1) {
    const turn = round % MODES.length;
    for (const name of [...MODES.slice(turn), ...MODES.slice(0, turn)]) {
      const args = [fileURLToPath(import.meta.url), "--mode", name, ...folders];
      const output = execFileSync(process.execPath, args, { encoding: "utf8" });
      seen.get(name)?.push(JSON.parse(output) as Measured);
    }
  }
  const rows = [...seen].map(([name, runs]) => [
    name,
    (runs[0]?.megabytes ?? 0).toFixed(1),
    spread(
      runs.map(({ megabytes, seconds }) => megabytes / seconds),
      1,
    ),
    spread(
      runs.map(({ peakRssMb }) => peakRssMb),
      0,
    ),
    String(runs[0]?.calls ?? 0),
  ]);
  const table = markdownTable(["mode", "MB", "MB/s", "peak MB", "calls seen"], rows);
  return `${describe(thisMachine())}\n${values.runs} rounds; median (least–greatest).\n\n${table}`;
}

function measure(mode: Mode): Measured {
  const read = readerIn(mode);
  let bytes = 0;
  let elapsedMs = 0;
  for (const path of folders.flatMap(sourcesBelow)) {
    const text = readFileSync(path, "utf8");
    bytes += text.length;
    const startedAtMs = performance.now();
    read.file(text, /^\.[cm]?ts$/.test(extname(path)) ? "ts" : "jsx");
    elapsedMs += performance.now() - startedAtMs;
  }
  return {
    megabytes: bytes / 1e6,
    seconds: elapsedMs / 1000,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    calls: read.calls(),
  };
}

function sourcesBelow(folder: string): readonly string[] {
  return globSync("**/*.{js,cjs,mjs,ts,cts,mts}", { cwd: folder })
    .filter((path) => !/\.d\.[cm]?ts$/.test(path))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= FILE_BYTES_MAX)
    .sort();
}
