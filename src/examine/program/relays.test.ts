import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "../parse/parse.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { readProgram } from "./program.ts";

/** What the files of a package start, with the file that does it. */
function startedIn(files: Readonly<Record<string, string>>): readonly string[] {
  const tree = fileTreeOf(Object.entries(files));
  const manifest = parseManifest({ name: "example", version: "1.0.0", main: "index.js" });
  return capabilitiesOf(readProgram(manifest, tree, createSources(tree)))
    .filter(({ capability }) => capability === "process-spawn")
    .map(({ file, target }) => `${file} ${target?.text ?? ""}`);
}

const USER = { "index.js": `const tool = require("./tool");\ntool.exec("tool run");` };

describe("files that hand built-ins on", () => {
  it.each([
    ["as a whole", { "tool.js": `module.exports = require("child_process");` }],
    ["by name", { "tool.js": `exports.exec = require("child_process").exec;` }],
    ["from an import", { "tool.js": `import { exec } from "child_process"; export { exec };` }],
    ["all there is", { "tool.js": `export * from "node:child_process";` }],
    [
      "in an object",
      { "tool.js": `const { exec } = require("child_process"); module.exports = { exec };` },
    ],
    [
      "from one to the next",
      {
        "tool.js": `module.exports = require("./far");`,
        "far.js": `module.exports = require("child_process");`,
      },
    ],
  ])("are seen through: %s", (_, files) => {
    expect(startedIn({ ...USER, ...files })).toEqual(["index.js tool run"]);
  });

  it.each([
    [
      "a function that gives one",
      `require("./b")().exec("tool run");`,
      `module.exports = () => require("child_process");`,
    ],
    [
      "a function that is told which",
      `const { load } = require("./b"); load("child_process").exec("tool run");`,
      `exports.load = (name) => require(name);`,
    ],
    [
      "a getter",
      `require("./b").tool.exec("tool run");`,
      `module.exports = { get tool() { return require("child_process"); } };`,
    ],
    [
      "a promise",
      `require("./b").then((tool) => tool.exec("tool run"));`,
      `module.exports = import("child_process");`,
    ],
    [
      "a callback",
      `require("./b")((tool) => tool.exec("tool run"));`,
      `module.exports = (use) => use(require("child_process"));`,
    ],
    [
      "a name for all files",
      `require("./b"); tool.exec("tool run");`,
      `global.tool = require("child_process");`,
    ],
    [
      "a member of the global object",
      `require("./b"); globalThis.tool.exec("tool run");`,
      `globalThis.tool = require("child_process");`,
    ],
  ])("are seen through: %s", (_, user, relay) => {
    expect(startedIn({ "index.js": user, "b.js": relay })).toEqual(["index.js tool run"]);
  });

  it.each([
    [
      "an object of a class",
      `const Tool = require("./b"); const tool = new Tool(); tool.go("tool run");`,
      `module.exports = class { go(line) { require("child_process").exec(line); } };`,
    ],
    [
      "the only object of its class",
      `import tool from "./b"; tool.go("tool run");`,
      `import { exec } from "child_process"; export default new (class { go(line) { exec(line); } })();`,
    ],
    [
      "what a function makes",
      `const { tool } = require("./b"); tool().go("tool run");`,
      `const { exec } = require("child_process"); exports.tool = () => ({ go: (line) => exec(line) });`,
    ],
  ])("are told what to do from elsewhere: %s", (_, user, doer) => {
    expect(startedIn({ "index.js": user, "b.js": doer })).toEqual(["b.js tool run"]);
  });

  it("do not take a method of another file's object for theirs", () => {
    const user = `const a = require("./a"), b = require("./b"); a.go("tool one"); b.go("tool two");`;
    const own = `module.exports = new (class { go(line) { return line.length; } })();`;
    const doer = `module.exports = new (class { go(line) { require("child_process").exec(line); } })();`;
    expect(startedIn({ "index.js": user, "a.js": own, "b.js": doer })).toEqual(["b.js tool two"]);
  });

  it("say nothing of what is the package's own", () => {
    const own = `const { exec } = require("./own"); module.exports = { exec };`;
    const files = { "tool.js": own, "own.js": `exports.exec = (text) => text.length;` };
    expect(startedIn({ ...USER, ...files })).toEqual([]);
  });
});
