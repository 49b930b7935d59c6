/**
 * A small honest package of ES modules with many capabilities, for tests that rewrite it in ways that
 * change nothing: whatever it can do, it could do before.
 */
export const HONEST_MODULES: ReadonlyMap<string, string> = new Map([
  [
    "index.js",
    `
import { request, getJson } from "./client.js";
import { run, which } from "./run.js";
import { loadSettings } from "./settings.js";
import { compile } from "./template.js";
import { Cache } from "./cache.js";

export { request, getJson, run, which, loadSettings, compile, Cache };

/** Reads the settings, asks the service and keeps its answer. */
export async function refresh(name, options = {}) {
  const settings = loadSettings(options.cwd || process.cwd());
  const cache = new Cache(settings.cacheFolder);
  if (!options.force && cache.has(name)) return cache.read(name);
  let answer;
  try {
    answer = await getJson("https://registry.example.invalid/" + encodeURIComponent(name), settings);
  } catch (error) {
    if (options.strict === true) throw error;
    answer = undefined;
  }
  if (answer !== undefined) {
    cache.write(name, answer);
    return answer;
  } else {
    return null;
  }
}
`,
  ],
  [
    "client.js",
    `
import https from "node:https";
import http from "node:http";

const RETRIES = 3;
const TIMEOUT = 1000 * 30;

export function request(address, { headers = {}, token = process.env.SERVICE_TOKEN, timeout = TIMEOUT } = {}) {
  return new Promise((resolve, reject) => {
    const send = address.startsWith("https:") ? https.request : http.request;
    const message = send(address, { headers: token ? { ...headers, authorization: \`Bearer \${token}\` } : headers });
    message.setTimeout(timeout, () => message.destroy(new Error("timeout")));
    message.on("error", reject);
    message.on("response", (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode >= 400) {
          reject(new Error("The service answered " + response.statusCode + " to " + address));
          return;
        }
        resolve({ status: response.statusCode, body });
      });
    });
    message.end();
  });
}

export async function getJson(address, settings) {
  for (let turn = 0; turn < RETRIES; turn++) {
    try {
      const { body } = await request(address, settings);
      return JSON.parse(body);
    } catch (error) {
      if (turn === RETRIES - 1) throw error;
    }
  }
}

export async function ping() {
  const response = await fetch("https://status.example.invalid/ping", { method: "POST" });
  return response.ok;
}
`,
  ],
  [
    "run.js",
    `
import { spawn, execFileSync } from "node:child_process";

export function run(command, args, options) {
  return new Promise(function (resolve, reject) {
    const child = spawn(command, args, Object.assign({ stdio: "inherit" }, options));
    child.once("error", reject);
    child.once("exit", function (code) {
      if (code !== 0) {
        reject(new Error(command + " ended with " + code));
      } else {
        resolve();
      }
    });
  });
}

export function which(program) {
  const finder = process.platform === "win32" ? "where" : "which";
  try {
    return execFileSync(finder, [program], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

export function gitRevision() {
  return execFileSync("git", ["rev-parse", "HEAD"]).toString().trim();
}
`,
  ],
  [
    "settings.js",
    `
import { readFileSync, existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, dirname } from "node:path";

const NAME = ".examplerc";
const DEFAULTS = { cacheFolder: join(tmpdir(), "example-cache"), color: true, level: 0xff, rate: 1e3 };

function parse(text) {
  const settings = {};
  for (const line of text.split("\\n")) {
    const match = /^\\s*([\\w.-]+)\\s*=\\s*(.*)?\\s*$/.exec(line);
    if (match === null || match[1] === undefined) continue;
    settings[match[1]] = match[2] || "";
  }
  return settings;
}

export function loadSettings(cwd) {
  let settings = { ...DEFAULTS, "user-agent": "example/1.0" };
  for (const folder of [homedir(), cwd, dirname(cwd)]) {
    const path = join(folder, NAME);
    if (!existsSync(path)) continue;
    settings = { ...settings, ...parse(readFileSync(path, "utf8")) };
  }
  if (process.env.CI !== undefined || process.env.NO_COLOR) settings.color = false;
  if (typeof process.env.EXAMPLE_CACHE === "string") settings.cacheFolder = process.env.EXAMPLE_CACHE;
  return settings;
}
`,
  ],
  [
    "template.js",
    `
const cache = new Map();

export function compile(source) {
  const known = cache.get(source);
  if (known) return known;
  let body = "let out = '';";
  for (const [index, piece] of source.split(/<%|%>/).entries()) {
    if (index % 2 === 0) body += "out += " + JSON.stringify(piece) + ";";
    else if (piece[0] === "=") body += "out += (" + piece.slice(1) + ");";
    else body += piece;
  }
  const render = new Function("data", "with (data) { " + body + " } return out;");
  cache.set(source, render);
  return render;
}
`,
  ],
  [
    "cache.js",
    `
import { mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";

export class Cache {
  #folder;
  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }
  path(name) {
    return join(this.#folder, createHash("sha256").update(name).digest("hex") + ".json");
  }
  has(name) {
    return existsSync(this.path(name));
  }
  read(name) {
    return JSON.parse(readFileSync(this.path(name), "utf8"));
  }
  write(name, value) {
    writeFileSync(this.path(name), JSON.stringify(value, undefined, 2));
  }
  clear() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
`,
  ],
]);
