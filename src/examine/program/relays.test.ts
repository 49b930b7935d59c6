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

  it("say nothing of what is the package's own", () => {
    const own = `const { exec } = require("./own"); module.exports = { exec };`;
    const files = { "tool.js": own, "own.js": `exports.exec = (text) => text.length;` };
    expect(startedIn({ ...USER, ...files })).toEqual([]);
  });
});
