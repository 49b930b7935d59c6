// Runs what PLAN lists, one after the other, and writes a line of JSON to RESULTS for each. It stands in
// for a package manager: every program is told, as a script of a package would be, whose it is.
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";

const [plan, results] = process.argv.slice(2);
const PATIENCE_MS = 15_000;

for (const { id, command } of JSON.parse(readFileSync(plan, "utf8"))) {
  const [program, ...args] = command;
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
    stdio: ["inherit", "pipe", "pipe"],
    env: { ...process.env, npm_package_name: id, npm_package_version: "1.0.0" },
  });
  const failure = error === undefined ? stderr : `${error.message}\n${stderr ?? ""}`;
  appendFileSync(results, `${JSON.stringify({ id, status, signal, stdout, stderr: failure })}\n`);
}
