import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "../parse/parse.ts";
import { type Abilities, abilitiesOfBoth, type ComparedVersion } from "./abilities.ts";
import { wholeOf } from "./whole.ts";

type Files = Readonly<Record<string, string>>;

/** A package with more code than is followed, all of it different in every version. */
function codeOf(version: string): Files {
  const bulk = `// ${version}\nrequire("fs");"${"x".repeat(1_900_000)}";`;
  return {
    "index.js": `require("./a"); fetch("https://${version}.invalid/");`,
    "a/index.js": `require("child_process").exec("run ${version}");`,
    "bulk/1.js": bulk,
    "bulk/2.js": bulk,
  };
}

function compared(code: Files, unchanged: Files): ComparedVersion {
  const files = fileTreeOf(Object.entries({ ...code, ...unchanged }));
  const manifest = parseManifest({ name: "a", version: "1.0.0" });
  return { manifest, files, sources: createSources(files), differing: Object.keys(code) };
}

const ALL_OF_IT = "the package holds more code than is followed";

function stepWith(unchanged: Files): readonly [could: Abilities, can: Abilities] {
  const after = compared(codeOf("new"), unchanged);
  expect(wholeOf(after).unread).toContain(ALL_OF_IT);
  return abilitiesOfBoth(compared(codeOf("old"), unchanged), after);
}

describe("a package of which all code differs, and more than is followed", () => {
  const can = stepWith({});

  it("can do what is followed of it, and says that there is more", () => {
    const told = can.map(({ occurrences, unread }) => ({
      unread,
      does: occurrences.map(({ file, reachedFrom, target }) => [file, reachedFrom, target?.text]),
    }));
    const expected = (version: string): object => ({
      unread: [ALL_OF_IT],
      does: [
        ["a/index.js", "entry-point", `run ${version}`],
        ["index.js", "entry-point", `${version}.invalid`],
      ],
    });
    expect(told).toEqual([expected("old"), expected("new")]);
  });

  it.each<[name: string, unchanged: Files]>([
    ["files that nothing reads", { LICENSE: "process.env", "a/README.md": "eval(x)" }],
    ["declarations", { "index.d.ts": "export {};", "a/index.d.ts": "export {};" }],
    ["a declaration that an import leads to", { "a.d.ts": "export {};" }],
    ["data", { "data/a.json": "{}", "data/b.txt": "b" }],
  ])("can do the same beside %s of both", (_name, unchanged) => {
    expect(stepWith(unchanged)).toEqual(can);
  });
});
