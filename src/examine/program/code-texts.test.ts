import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "../parse/parse.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { codeOfAddress } from "./code-texts.ts";
import { readProgram } from "./program.ts";

/** Commands that a script can start, each with the place where a person finds it. */
function commandsIn(code: string): readonly string[] {
  const files = fileTreeOf(new Map([["index.js", code]]));
  const manifest = parseManifest({ name: "example", version: "1.0.0", main: "index.js" });
  const program = readProgram(manifest, files, createSources(files));
  return capabilitiesOf(program)
    .filter(
      ({ capability, target }) =>
        capability === "process-spawn" && target?.text.startsWith("tool") === true,
    )
    .map(({ target, line, column }) => `${String(line)}:${String(column)} ${target?.text ?? ""}`);
}

const CALL = "require('child_process').exec('tool run')";

describe("text that is run as code", () => {
  it.each([
    ["eval", `eval("${CALL}");`, "1:1 tool run"],
    ["a function of text", `new Function("${CALL}")();`, "1:1 tool run"],
    [
      "a function that is handed require",
      `Function("r", "r('child_process').exec('tool run')")(require);`,
      "1:1 tool run",
    ],
    [
      "what a list of bytes says, each of them changed",
      `const bytes = [...Buffer.from("${Buffer.from([...Buffer.from(CALL)].map((byte) => byte ^ 37)).toString("base64")}", "base64")]; eval(String.fromCharCode(...bytes.map((byte) => byte ^ 37)));`,
      "1:103 tool run",
    ],
    ["a promise's text", `Promise.resolve("${CALL}").then(eval);`, "1:1 tool run"],
    [
      "the constructor of any function, by a name of its own",
      `const C = (() => {}).constructor; C("${CALL}")();`,
      "1:35 tool run",
    ],
    [
      "the constructor of a method, in base64",
      `const { constructor: C } = [].map; C(atob("${Buffer.from(CALL).toString("base64")}"))();`,
      "1:36 tool run",
    ],
    ["the constructor of any function", `(() => {}).constructor("${CALL}")();`, "1:1 tool run"],
    [
      "an asynchronous body",
      `Object.getPrototypeOf(async () => {}).constructor("await 1; ${CALL}")();`,
      "1:1 tool run",
    ],
    [
      "vm",
      `require("vm").runInThisContext("(function (load) { load('child_process').exec('tool run') })")(require);`,
      "1:1 tool run",
    ],
    ["a timer", `setTimeout("${CALL}", 10);`, "1:1 tool run"],
    [
      "a worker",
      `const { Worker } = require("worker_threads");\nnew Worker("${CALL}", { eval: true });`,
      "2:1 tool run",
    ],
    [
      "a data: address",
      `import("data:text/javascript,${encodeURIComponent("import { exec } from 'node:child_process'; exec('tool run');")}");`,
      "1:1 tool run",
    ],
    [
      "a child",
      `require("child_process").spawn(process.execPath, ["-e", "${CALL}"]);`,
      "1:1 tool run",
    ],
    ["text in text", `eval("eval(\\"${CALL}\\")");`, "1:1 tool run"],
    ["text with pieces that are not known", `eval("var a = " + x + "; ${CALL}");`, "1:1 tool run"],
  ])("is read: %s", (_, code, found) => {
    expect(commandsIn(code)).toEqual([found]);
  });

  it("is read no deeper than a few times", () => {
    let code = CALL;
    for (let depth = 0; depth < 8; depth += 1) code = `eval(${JSON.stringify(code)})`;
    expect(commandsIn(code)).toEqual([]);
  });

  it("is no code where it only looks so", () => {
    expect(commandsIn(`console.log("${CALL}"); setTimeout(run, 10); function run() {}`)).toEqual(
      [],
    );
  });
});

describe("the code of a data: address", () => {
  it.each([
    ["data:text/javascript,a%28%29", ["a()"]],
    ["data:application/javascript;charset=utf-8;base64,YSgp", ["a()"]],
    ["data:text/javascript,%zz", ["%zz"]],
    ["data:image/png;base64,YSgp", []],
    ["https://code.invalid/a.js", []],
  ])("%s", (address, code) => {
    expect(codeOfAddress(address)).toEqual(code);
  });
});
