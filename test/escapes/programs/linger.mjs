// Stays when its command ends, as a script would that wants to act unseen: makes FILE once END is there,
// which is made when the command has ended.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";

const [how, end, file, again] = process.argv.slice(2);
const LOOK_EVERY_MS = 100;
const STAY_MS_MAX = 60_000;

const WAYS = {
  detached: () => spawn(...restart(), { detached: true, stdio: "ignore" }).unref(),
  /** A process of its own that keeps a timer, after the one that was waited for. */
  timer: () => spawn(...restart(), { stdio: "ignore" }).unref(),
  nohup: () => {
    const wait = `i=0; while [ ! -e "$0" ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done`;
    const act = `[ -e "$0" ] && : > "$1"`;
    const command = `trap "" HUP TERM INT; nohup sh -c '${wait}; ${act}' "$0" "$1" >/dev/null 2>&1 &`;
    spawn("/bin/sh", ["-c", command, end, file], { stdio: "ignore" }).unref();
  },
};

function restart() {
  return [process.execPath, [process.argv[1], how, end, file, "again"]];
}

function wait() {
  const started = Date.now();
  const timer = setInterval(() => {
    if (existsSync(end)) writeFileSync(file, "");
    if (existsSync(file) || Date.now() - started > STAY_MS_MAX) clearInterval(timer);
  }, LOOK_EVERY_MS);
}

if (again === undefined) {
  WAYS[how]();
  process.stdout.write("escaped: a process was left behind\n");
} else {
  wait();
}
