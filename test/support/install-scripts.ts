import type { FixturePackage } from "./registry/packages.ts";

/**
 * A script that makes these attempts (bodies of async functions; `fs`, `net`, `path` and `child` are
 * there) and writes what came of each, or the code of its error, into `seen.json` of the project.
 */
export function trying(attempts: Readonly<Record<string, string>>): string {
  const tries = Object.entries(attempts).map(
    ([name, body]) => `await attempt(${JSON.stringify(name)}, async () => { ${body} });`,
  );
  return `
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const child = require("node:child_process");
const project = process.env.INIT_CWD;
const seen = {};
async function attempt(name, work) {
  try { seen[name] = String(await work()); } catch (error) { seen[name] = error.code ?? error.message; }
}
(async () => {
  ${tries.join("\n  ")}
  fs.writeFileSync(path.join(project, "seen.json"), JSON.stringify(seen));
})();
`;
}

/** The body of an attempt to open a TCP connection. */
export function reaching(host: string, port: string): string {
  return `return new Promise((resolve) => {
    const socket = net.connect({ host: "${host}", port: ${port} }, () => { socket.destroy(); resolve("connected"); });
    socket.on("error", (error) => resolve(error.code));
  })`;
}

/** A package whose install script is this Node program. */
export function running(name: string, script: string): FixturePackage {
  return {
    name,
    versions: {
      "1.0.0": {
        manifest: { scripts: { postinstall: "node script.js" } },
        files: { "script.js": script },
      },
    },
  };
}

/** Builds as native modules do: a compiler, a temporary folder, programs that start programs. */
export const BUILDER: FixturePackage = {
  name: "builder",
  versions: {
    "1.0.0": {
      manifest: { scripts: { install: "node build.js" } },
      files: {
        "build.js": `
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "build-"));
fs.mkdirSync("build/Release", { recursive: true });
execFileSync("sh", ["-c", 'cc -shared -fPIC -o "$0/answer.so" answer.c && cp "$0/answer.so" build/Release/answer.node', folder], { stdio: "inherit" });
fs.mkdirSync(path.join(os.homedir(), ".cache", "builder"), { recursive: true });
`,
        "answer.c": "int answer(void) { return 42; }\n",
      },
    },
  },
};
