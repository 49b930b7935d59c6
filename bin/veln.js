#!/usr/bin/env node
// The program's start, in plain JavaScript without a static import: what it costs is what
// `veln --version` costs, and a Node that is too old must get a sentence, not a syntax error.
const [major = 0, minor = 0, patch = 0] = process.versions.node.split(".").map(Number);
const supported =
  (major === 22 && (minor > 22 || (minor === 22 && patch >= 2))) ||
  (major === 24 && minor >= 15) ||
  major >= 26;

if (!supported) {
  process.stderr.write(
    `veln needs Node 22.22.2, 24.15 or 26 and newer; this is Node ${process.versions.node}. Install a current Node and try again.\n`,
  );
  process.exitCode = 2;
} else if (process.argv[2] === "--version" || process.argv[2] === "-v") {
  process.stdout.write(`${readVersion()}\n`);
} else {
  await start();
}

function readVersion() {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}

async function start() {
  keepCompiledCode();
  const { existsSync } = process.getBuiltinModule("node:fs");
  const sources = new URL("../src/cli/cli.ts", import.meta.url);
  const built = new URL("../dist/cli/cli.js", import.meta.url);
  // A clone runs its sources; the published package has none and runs what was built from them.
  const { runCli } = await import(existsSync(sources) ? sources.href : built.href);
  process.exitCode = await runCli(process.argv.slice(2));
}

// Node's own default is a folder in /tmp, where other users could leave code for us to run.
function keepCompiledCode() {
  const home = process.env.HOME;
  const cache = process.env.XDG_CACHE_HOME?.startsWith("/")
    ? process.env.XDG_CACHE_HOME
    : home && `${home}/.cache`;
  if (cache) process.getBuiltinModule("node:module").enableCompileCache(`${cache}/veln/compiled`);
}
