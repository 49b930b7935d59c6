// Stays when its command ends, as a script would that wants to act unseen. Whether FILE appears later is
// looked at from outside.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";

const [how, file] = process.argv.slice(2);
const WAIT_S = 3;

const WAYS = {
  detached: () => {
    const code = `setTimeout(() => require("node:fs").writeFileSync(${JSON.stringify(file)}, ""), ${WAIT_S * 1000})`;
    spawn(process.execPath, ["-e", code], { detached: true, stdio: "ignore" }).unref();
  },
  nohup: () => {
    const command = `trap "" HUP TERM INT; nohup sh -c 'sleep ${WAIT_S}; : > "$0"' ${file} >/dev/null 2>&1 &`;
    spawn("/bin/sh", ["-c", command], { stdio: "ignore" }).unref();
  },
  /** A process of its own that keeps a timer, after the one that was waited for. */
  timer: () => {
    if (process.argv[4] === undefined) {
      spawn(process.execPath, [process.argv[1], how, file, "again"], { stdio: "ignore" }).unref();
      return;
    }
    setTimeout(() => writeFileSync(file, ""), WAIT_S * 1000);
  },
};

WAYS[how]();
process.stdout.write("escaped: a process was left behind\n");
