import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { gypCommands, gypFiles } from "./gyp-commands.ts";

function commandsIn(text: string): readonly string[] {
  return gypCommands(text).commands.map((command) => command.text);
}

describe("commands of a build description", () => {
  it("are found as text, as a list in brackets and as a list in parentheses", () => {
    expect(
      commandsIn(
        `{ 'a': '<!(node one.js)', 'b': "<!@['node', 'two.js']", 'c': '<!@(["node", "-e", "three()"])' }`,
      ),
    ).toEqual(["node one.js", "node two.js", 'node -e "three()"']);
  });

  it("are found behind escapes, which JSON and Python allow for every letter", () => {
    const escaped = Array.from('"<!(node x.js)"', (letter) =>
      letter === '"' ? letter : `\\u00${letter.charCodeAt(0).toString(16).padStart(2, "0")}`,
    );
    expect(commandsIn(`{ "sources": [${escaped.join("")}] }`)).toEqual(["node x.js"]);
  });

  it("never take more than the text and never throw", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("<!(", "@", "[", "]", ")", "'", '"', "\\", "\\u0022", "x"),
        }),
        (text) => {
          expect(gypCommands(text).commands.length).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });
});

describe("files of a build description", () => {
  it("are those that it includes, and that they include, each once", () => {
    const files = fileTreeOf(
      new Map([
        ["binding.gyp", `{ "includes": ["build/a.gypi", "../outside.gypi", "missing.gypi"] }`],
        ["build/a.gypi", `{ 'includes': [ 'b.gypi', '../binding.gyp' ] }`],
        ["build/b.gypi", `{}`],
      ]),
    );
    expect(gypFiles(files).map(({ path }) => path)).toEqual([
      "binding.gyp",
      "build/a.gypi",
      "build/b.gypi",
    ]);
  });

  it("are none where there is no description", () => {
    expect(gypFiles(fileTreeOf(new Map([["index.js", ""]])))).toEqual([]);
  });
});
