/*
 * How long Veln takes to say its version and its help, against a Node that does nothing. The ways
 * take turns, and code that Node compiled is kept as it is for a person.
 *
 *     npm run bench:start -- [--runs 30]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { markdownTable, median, spread } from "../figures.ts";
import { describe, thisMachine } from "../machine.ts";

const VELN = fileURLToPath(new URL("../../bin/veln.cjs", import.meta.url));
const LAUNCHER = fileURLToPath(new URL("../../veln", import.meta.url));
const BASE = "node -e 0";

const COMMANDS: ReadonlyMap<string, readonly string[]> = new Map([
  [BASE, [process.execPath, "-e", "0"]],
  ["veln --version", [process.execPath, VELN, "--version"]],
  ["veln --help", [process.execPath, VELN, "--help"]],
  ["./veln --version", [LAUNCHER, "--version"]],
]);

const { values } = parseArgs({ options: { runs: { type: "string", default: "30" } } });
const cache = mkdtempSync(join(tmpdir(), "veln-bench-start-"));
const env = { ...process.env, XDG_CACHE_HOME: cache };
const elapsedMs = new Map([...COMMANDS.keys()].map((name) => [name, [] as number[]]));
try {
  for (let round = 0; round <= Number(values.runs); round += 1) {
    for (const [name, argv] of COMMANDS) {
      const ms = elapsed(argv);
      // The first round fills the caches.
      if (round > 0) elapsedMs.get(name)?.push(ms);
    }
  }
} finally {
  rmSync(cache, { recursive: true, force: true });
}
const baseMs = median(elapsedMs.get(BASE) ?? []);
const rows = [...elapsedMs].map(([name, figures]) => [
  `\`${name}\``,
  spread(figures, 1),
  (median(figures) / baseMs).toFixed(2),
]);
console.log(`${describe(thisMachine())}\n${values.runs} rounds; median (least–greatest).\n`);
console.log(markdownTable(["command", "ms", "ratio of medians"], rows));

function elapsed([program = "", ...args]: readonly string[]): number {
  const startedAtMs = performance.now();
  const { status, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${stderr}`);
  return performance.now() - startedAtMs;
}
