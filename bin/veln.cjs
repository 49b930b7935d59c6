#!/usr/bin/env -S node --max-semi-space-size=8
// The flag keeps the gate's memory small: it turns documents of megabytes over and over, and that
// garbage is swept while it is young. V8 takes it at its own start only.
//
// The program's start. Plain CommonJS that loads nothing until it must: what it costs is what
// `veln --version` costs, and a Node that is too old gets a sentence instead of a syntax error.
"use strict";

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
  process.stdout.write(`${require("../package.json").version}\n`);
} else {
  void start();
}

async function start() {
  keepCompiledCode();
  const { existsSync } = require("node:fs");
  const { join } = require("node:path");
  const { pathToFileURL } = require("node:url");
  const sources = join(__dirname, "../src/cli/cli.ts");
  const built = join(__dirname, "../dist/cli/cli.js");
  // A clone runs its sources; the published package has none and runs what was built from them.
  const { runCli } = await import(pathToFileURL(existsSync(sources) ? sources : built).href);
  process.exitCode = await runCli(process.argv.slice(2));
}

// Node's own default is a folder in /tmp, where other users could leave code for us to run.
function keepCompiledCode() {
  const { HOME, XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : HOME && `${HOME}/.cache`;
  if (cache) require("node:module").enableCompileCache(`${cache}/veln/compiled`);
}
