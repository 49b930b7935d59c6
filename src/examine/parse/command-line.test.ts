import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allPipelines, type CommandLine, parseCommandLine, type Stage } from "./command-line.ts";

const STAGE: Stage = {
  program: "",
  command: "",
  args: [],
  writesTo: [],
  substitutions: [],
  script: undefined,
  disguised: false,
  detached: false,
};

function line(...stages: Partial<Stage>[]): CommandLine {
  return {
    pipelines: [
      {
        stages: stages.map((stage) =>
          Object.assign({}, STAGE, { command: stage.program ?? "" }, stage),
        ),
        background: false,
        excused: false,
      },
    ],
    complete: true,
  };
}

/** The program of each stage, a line for each pipeline, those inside others after them. */
function outline(text: string): readonly string[] {
  return allPipelines(parseCommandLine(text)).map((pipeline) =>
    pipeline.stages.map((stage) => stage.program).join(" | "),
  );
}

describe("command line", () => {
  it.each<[string, CommandLine]>([
    ["node 'a b.js' \"c d\"", line({ program: "node", args: ["a b.js", "c d"] })],
    [
      "/usr/bin/CURL.exe -s x > out 2>&1",
      line({
        program: "curl",
        command: "/usr/bin/CURL.exe",
        args: ["-s", "x"],
        writesTo: ["out"],
      }),
    ],
    ["A=1 sudo -n env -i B=2 sh x", line({ program: "sh", args: ["x"] })],
    ["nohup node x", line({ program: "node", args: ["x"], detached: true })],
    ["a.bat | b <in", line({ program: "a", command: "a.bat" }, { program: "b", args: ["in"] })],
    [
      "sh -c 'x y'",
      line({ program: "sh", args: ["-c", "x y"], script: line({ program: "x", args: ["y"] }) }),
    ],
    ["x $(y)", line({ program: "x", args: ["$(y)"], substitutions: [line({ program: "y" })] })],
    ["c''url", line({ program: "curl", disguised: true })],
    ["$a", line({ program: "$a", disguised: true })],
  ])("reads %s", (text, expected) => {
    const { pipelines, complete } = parseCommandLine(text);
    const background = expected.pipelines.some(({ stages }) => stages.some((s) => s.detached));
    expect({ pipelines, complete }).toEqual({
      ...expected,
      pipelines: expected.pipelines.map(({ stages }) => ({ stages, background, excused: false })),
    });
  });

  it.each<[string, readonly string[]]>([
    ["a && b || c; d & e\nf", ["a", "b", "c", "d", "e", "f"]],
    ["a | b |& c", ["a | b | c"]],
    ["(a; b) | c", [" | c", "a", "b"]],
    ["{ a; } | b", [" | b", "a"]],
    ["a `b $(c)`", ["a", "b", "c"]],
    ['a "$(b | c)"', ["a", "b | c"]],
    ["bash <(a)", ["bash", "a"]],
    ["cmd /c a ^& b", ["cmd", "a", "b"]],
    ["if a; then b; fi", ["a", "b", "fi"]],
    ["echo 'a | b' # | c", ["echo"]],
    ["a \\| b", ["a"]],
  ])("parts %j", (text, expected) => {
    expect(outline(text)).toEqual(expected);
  });

  it("knows what is excused and what goes on in the background", () => {
    const { pipelines } = parseCommandLine("a || true; b & c || exit 1");
    expect(pipelines.map(({ background, excused }) => ({ background, excused }))).toEqual([
      { background: false, excused: true },
      { background: false, excused: false },
      { background: true, excused: false },
      { background: false, excused: false },
      { background: false, excused: false },
    ]);
  });

  it.each([
    'a "b',
    "a $(b",
    "a `b",
    "a".repeat(9_000),
    "$(".repeat(50),
    "$(".repeat(9) + ")".repeat(9),
  ])("says that it could not read all of %.20s", (text) => {
    expect(parseCommandLine(text).complete).toBe(false);
  });

  it("reads whatever is there, once and in bounded time", () => {
    const piece = fc.constantFrom(
      ..."'\"`$(){}<>|&;\\^%# \n".split(""),
      "sh -c ",
      "curl",
      "$(",
      "<(",
      "${IFS}",
      "é\u0000",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 400 }), (pieces) => {
        const read = parseCommandLine(pieces.join(""));
        expect(parseCommandLine(pieces.join(""))).toEqual(read);
        expect(allPipelines(read).every(({ stages }) => stages.length > 0)).toBe(true);
      }),
    );
  });

  it("keeps quoted words whole, whatever is in them", () => {
    const word = fc.string({ maxLength: 20 }).filter((text) => !text.includes("'"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const text = `node ${words.map((each) => `'${each}'`).join(" ")}`;
        expect(parseCommandLine(text).pipelines[0]?.stages[0]?.args).toEqual(words);
      }),
    );
  });
});
