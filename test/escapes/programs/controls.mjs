// What honest install scripts do. Each has to work inside as it does outside.
import { execFileSync, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { cpus, homedir, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const [control, ...given] = process.argv.slice(2);

const CONTROLS = {
  "reads-the-project": () => readFileSync("package.json", "utf8").includes("project"),
  "reads-git-configuration": () => readFileSync(".git/config", "utf8").includes("[core]"),
  "writes-modules": () => {
    mkdirSync("node_modules/made/bin", { recursive: true });
    writeFileSync("node_modules/made/bin/tool", "#!/bin/sh\necho made\n");
    chmodSync("node_modules/made/bin/tool", 0o755);
    utimesSync("node_modules/made/bin/tool", 1e9, 1e9);
    mkdirSync("node_modules/.bin", { recursive: true });
    symlinkSync("../made/bin/tool", "node_modules/.bin/tool");
    return execFileSync("node_modules/.bin/tool", { encoding: "utf8" }) === "made\n";
  },
  "renames-and-links": () => {
    mkdirSync("node_modules/staged");
    writeFileSync("node_modules/staged/file", "1");
    linkSync("node_modules/staged/file", "node_modules/linked");
    renameSync("node_modules/staged", "node_modules/placed");
    cpSync("node_modules/placed", "node_modules/copied", { recursive: true });
    rmSync("node_modules/placed", { recursive: true });
    return readFileSync("node_modules/copied/file", "utf8") === "1";
  },
  "replaces-the-lockfile": () => {
    writeFileSync("package-lock.json.new", "{}");
    renameSync("package-lock.json.new", "package-lock.json");
    return readFileSync("package-lock.json", "utf8") === "{}";
  },
  "uses-temporary-files": () => {
    const folder = mkdtempSync(join(tmpdir(), "control-"));
    writeFileSync(join(folder, "script"), "#!/bin/sh\necho ran\n", { mode: 0o755 });
    const said = execFileSync(join(folder, "script"), { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    return said === "ran\n";
  },
  "uses-its-home": () => {
    mkdirSync(join(homedir(), ".some-tool"), { recursive: true });
    writeFileSync(join(homedir(), ".some-tool", "state"), "1");
    return readFileSync(join(homedir(), ".some-tool", "state"), "utf8") === "1";
  },
  "runs-a-shell": () =>
    execFileSync("/bin/sh", ["-c", "ls | grep -c package.json"], { encoding: "utf8" }) === "1\n",
  "talks-to-a-child": async () => {
    if (given.at(-1) === "child") {
      process.send("hello");
      return true;
    }
    const child = fork(fileURLToPath(import.meta.url), [control, "child"], { silent: true });
    const [message] = await once(child, "message");
    child.disconnect();
    await once(child, "exit");
    return message === "hello";
  },
  "starts-a-thread": async () => {
    const thread = new Worker('require("node:worker_threads").parentPort.postMessage(1)', {
      eval: true,
    });
    const [message] = await once(thread, "message");
    return message === 1;
  },
  "ends-a-child": () => {
    const { signal } = spawnSync("/bin/sleep", ["30"], { timeout: 200 });
    return signal === "SIGTERM";
  },
  "reaches-the-gate": (port) =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("data", (bytes) => {
        resolve(bytes.toString().startsWith("gate"));
        socket.destroy();
      });
      socket.on("error", reject);
    }),
  "finds-localhost": async () => (await lookup("localhost", { family: 4 })).address === "127.0.0.1",
  "lists-interfaces": () => typeof networkInterfaces() === "object" && cpus().length > 0,
  "starts-many": () => {
    for (let at = 0; at < 20; at++) execFileSync("/bin/true");
    return true;
  },
};

try {
  const works = await CONTROLS[control](...given);
  process.stdout.write(works ? "works\n" : "differs\n");
  process.exitCode = works ? 0 : 11;
} catch (error) {
  process.stdout.write(`fails: ${error.message}\n`);
  process.exitCode = 12;
}
