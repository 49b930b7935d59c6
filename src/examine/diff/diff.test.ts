import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../model/canonical.ts";
import { fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "../parse/parse.ts";
import type { Version } from "./abilities.ts";
import { diffVersions, gainsBetween } from "./diff.ts";

type Files = Readonly<Record<string, string>>;

function version(files: Files, manifest: JsonObject = {}): Version {
  const tree = fileTreeOf(Object.entries(files));
  const raw = { name: "example", version: "1.0.0", ...manifest };
  return { manifest: parseManifest(raw), files: tree, sources: createSources(tree) };
}

/** What was gained and lost, in short. */
function changes(before: Version, after: Version): object {
  const { gained, lost } = diffVersions(before, after);
  return {
    gained: gained.map(({ capability, target, how, reachedFrom, file }) =>
      [capability, target?.text ?? "?", how, reachedFrom, file].join(" "),
    ),
    lost: lost.map(({ capability, target }) => `${capability} ${target?.text ?? "?"}`),
  };
}

const FETCH = `module.exports = (x) => fetch("https://a.invalid/" + x);`;

describe("capabilities", () => {
  it.each<[name: string, before: Files, after: Files, gained: string[], lost: string[]]>([
    ["nothing changes", { "index.js": FETCH }, { "index.js": FETCH }, [], []],
    [
      "one is new",
      { "index.js": "module.exports = 1;" },
      { "index.js": FETCH },
      ["network-out a.invalid new entry-point index.js"],
      [],
    ],
    [
      "one is gone",
      { "index.js": FETCH },
      { "index.js": "module.exports = 1;" },
      [],
      ["network-out a.invalid"],
    ],
    [
      "another host",
      { "index.js": FETCH },
      { "index.js": FETCH.replace("a.invalid", "b.invalid") },
      ["network-out b.invalid retargeted entry-point index.js"],
      ["network-out a.invalid"],
    ],
    [
      "moved to another file",
      { "index.js": FETCH },
      { "index.js": `module.exports = require("./lib/go");`, "lib/go.js": FETCH },
      [],
      [],
    ],
    [
      "the same host once more",
      { "index.js": FETCH },
      { "index.js": `${FETCH} exports.two = () => fetch("https://a.invalid/two");` },
      [],
      [],
    ],
    [
      "something led to for the first time",
      { "index.js": "module.exports = 1;", "other.js": FETCH },
      { "index.js": `module.exports = require("./other");`, "other.js": FETCH },
      ["network-out a.invalid reached entry-point other.js"],
      [],
    ],
    [
      "one more call with a target that nobody knows",
      { "index.js": `exports.a = (x) => { log(x); return fetch(x); };` },
      {
        "index.js": `exports.a = (x) => { log(x); return fetch(x); };
          exports.b = (x, y) => { for (const z of y) if (z > x) fetch(z, { method: "POST" }); };`,
      },
      ["network-out ? new entry-point index.js"],
      [],
    ],
    [
      "a target that nobody knew, now another one that is spelled out",
      { "index.js": `exports.a = (x) => fetch(x.address, x.options);` },
      { "index.js": `exports.a = (x) => fetch("https://b.invalid/", x.options);` },
      ["network-out b.invalid retargeted entry-point index.js"],
      ["network-out ?"],
    ],
    [
      "one more such call in the same function",
      { "index.js": `exports.a = (x) => fetch(x);` },
      { "index.js": `exports.a = (x) => { fetch(secret(x)); return fetch(x); };` },
      ["network-out ? new entry-point index.js"],
      [],
    ],
    [
      "a copy of a function in a second build",
      { "index.js": `exports.a = (x, y) => { if (y) log(y); return fetch(x, { method: y }); };` },
      {
        "index.js": `exports.a = (x, y) => { if (y) log(y); return fetch(x, { method: y }); };`,
        "index.mjs": `export const a = (q, r) => (r && log(r), fetch(q, { method: r }));`,
      },
      [],
      [],
    ],
  ])("%s", (_, before, after, gained, lost) => {
    const manifest = { module: "index.mjs" };
    expect(changes(version(before), version(after, "index.mjs" in after ? manifest : {}))).toEqual({
      gained,
      lost,
    });
  });

  it("shows the function before and after, and the way that leads there", () => {
    const before = version({
      "index.js": `require("./a");`,
      "a.js": `function go(x) {\n  log(x);\n}\ngo(1);`,
    });
    const after = version({
      "index.js": `require("./a");`,
      "a.js": `function go(x) {\n  eval(x.code);\n  log(x);\n}\ngo(1);`,
    });
    expect(diffVersions(before, after).gained).toEqual([
      {
        capability: "dynamic-code",
        file: "a.js",
        line: 2,
        column: 3,
        function: "go",
        api: "eval",
        target: undefined,
        reachedFrom: "entry-point",
        via: ["index.js", "a.js"],
        excerpt: "eval(x.code);",
        how: "new",
        before: {
          file: "a.js",
          firstLine: 1,
          lines: ["function go(x) {", "  log(x);", "}"],
        },
        after: {
          file: "a.js",
          firstLine: 1,
          lines: ["function go(x) {", "  eval(x.code);", "  log(x);", "}"],
        },
      },
    ]);
  });
});

describe("files, constants and the manifest", () => {
  const before = version(
    { "index.js": "f('/etc/hosts');", "old.js": "a();", "here.js": "b(1);", "README.md": "x" },
    { dependencies: { a: "^1.0.0", b: "1.0.0" }, scripts: { test: "x" }, bin: "cli.js" },
  );
  const after = version(
    {
      "index.js": "f('https://c.invalid');",
      "new.js": "c();",
      "there.js": "b(1);",
      "README.md": "x",
    },
    {
      dependencies: { a: "^2.0.0", c: "1.0.0" },
      scripts: { test: "y", postinstall: "node new.js" },
      bin: "cli.js",
    },
  );

  it("are compared", () => {
    const { files, constants, manifest, functions } = diffVersions(before, after);
    expect(files).toEqual({
      added: ["new.js"],
      removed: ["old.js"],
      changed: ["index.js"],
      moved: [{ from: "here.js", to: "there.js" }],
    });
    expect(constants).toEqual({
      added: [{ kind: "host", text: "c.invalid", file: "index.js", line: 1 }],
      removed: [{ kind: "path", text: "/etc/hosts", file: "index.js", line: 1 }],
    });
    expect(manifest).toEqual({
      hooks: [{ field: "scripts.postinstall", before: undefined, after: "node new.js" }],
      dependencies: [
        { field: "dependencies.a", before: "^1.0.0", after: "^2.0.0" },
        { field: "dependencies.b", before: "1.0.0", after: undefined },
        { field: "dependencies.c", before: undefined, after: "1.0.0" },
      ],
      entries: [],
    });
    expect(functions).toEqual({ same: 1, changed: 1, added: 1, removed: 1 });
  });

  it("say nothing of a host that stands in a file that is the same", () => {
    const same = { "same.js": "f('https://c.invalid/a');" };
    const { constants } = diffVersions(
      version({ ...same, "index.js": "1;" }),
      version({ ...same, "index.js": "f('https://c.invalid/b');" }),
    );
    expect(constants).toEqual({ added: [], removed: [] });
  });
});

describe("shapes", () => {
  const line = `var a=[${"1,".repeat(20_000)}0];`;
  it.each<[name: string, before: string | undefined, after: string, anomalies: object[]]>([
    [
      "a file that has grown",
      "a();",
      Array.from({ length: 3_000 }, (_, index) => `a(${String(index)});`).join("\n"),
      [
        {
          kind: "grew",
          file: "x.js",
          line: 1,
          message: "It has grown from 4 to 25889 bytes, 6472 times as much.",
        },
      ],
    ],
    [
      "a new file in one line",
      undefined,
      line,
      [
        {
          kind: "one-line",
          file: "x.js",
          line: 1,
          message: "It is new, and 40010 of its 40010 bytes are one line.",
        },
      ],
    ],
    [
      "code off the screen",
      "a();",
      `a();${" ".repeat(400)}b();`,
      [
        {
          kind: "off-screen",
          file: "x.js",
          line: 1,
          message: "Code stands so far to the right that nobody sees it.",
        },
      ],
    ],
    [
      "code that was off the screen before",
      `a();${" ".repeat(400)}b();`,
      `a();${" ".repeat(400)}c();`,
      [],
    ],
    [
      "text and comments off the screen",
      "a();",
      `a("x${" ".repeat(400)}y");${" ".repeat(400)}// b();`,
      [],
    ],
    ["a table in a template", "a();", `a(\`x\n${" ".repeat(400)}y();\`);`, []],
  ])("%s", (_, before, after, anomalies) => {
    const older = version(before === undefined ? { "y.js": "1" } : { "x.js": before });
    expect(diffVersions(older, version({ "x.js": after })).anomalies).toEqual(anomalies);
  });
});

const GAVE_UP = "index.js: the code could not be parsed: Maximum call stack size exceeded";

describe("hostile code", () => {
  const deep = (open: string, close: string, times: number): string =>
    `${open.repeat(times)}1${close.repeat(times)};`;
  it.each<[name: string, code: () => string, unknown: RegExp]>([
    ["nests in brackets", () => deep("[", "]", 100_000), /nests too deep/],
    ["nests in functions", () => deep("(()=>", ")", 50_000), /nests too deep/],
    [
      "nests in conditions",
      () => `${"a?".repeat(50_000)}b${":c".repeat(50_000)};`,
      /nests too deep/,
    ],
    ["is too large", () => `x("${"y".repeat(4_000_000)}");`, /too large/],
    ["is no JavaScript", () => "let let = {{{;", /no dialect/],
  ])("that %s is not known, and says so", (_, code, unknown) => {
    const before = version({ "index.js": "1;" });
    const after = version({ "index.js": `require("fs");${code()}` });
    expect(diffVersions(before, after).unknown.join("\n")).toMatch(unknown);
    expect(gainsBetween(before, after).unknown.join("\n")).toMatch(unknown);
  });

  it.each<[name: string, code: () => string]>([
    ["a million numbers", () => `f([${"7,".repeat(1_000_000)}7]);`],
    ["a sum as long as the file", () => `f(${"a+".repeat(100_000)}a);`],
    ["a text in a hundred thousand pieces", () => `f(${"'a'+".repeat(100_000)}a);`],
    ["twenty thousand functions", () => "function f(a){return a+1}".repeat(20_000)],
    [
      "twenty thousand alike",
      () =>
        Array.from(
          { length: 20_000 },
          (_, at) => `a(function(b,c){return b[${String(at)}]+c(b,c,${String(at)})*d(b)});`,
        ).join(""),
    ],
    [
      "fifty thousand hosts",
      () =>
        `f([${Array.from({ length: 50_000 }, (_, at) => `"https://h${String(at)}.invalid"`).join(",")}]);`,
    ],
    ["a line of a million blanks", () => `f();${" ".repeat(1_000_000)}\nf();`],
    ["invalid UTF-8 and hidden characters", () => "f('\u0000\uFFFD\u202E');// \u2028\n"],
  ])(
    "with %s ends in time",
    (_, code) => {
      const text = code();
      const startedAtMs = performance.now();
      const { gained, unknown } = diffVersions(
        version({ "index.js": text }),
        version({ "index.js": `${text}\neval(x);` }),
      );
      // With the small stack of a test the parser may give up, and then it says so.
      const told = unknown.length > 0 ? unknown : gained.map(({ capability }) => capability);
      expect(["dynamic-code", GAVE_UP]).toContain(told[0]);
      expect(performance.now() - startedAtMs).toBeLessThan(20_000);
    },
    60_000,
  );

  it("is followed where it differs, in a package that is larger than what is followed", () => {
    const part = `require("fs").readFile("/etc/hosts");${"f(a, b);\n".repeat(110_000)}`;
    const parts = Object.fromEntries(
      Array.from({ length: 8 }, (_, at) => [`part${String(at)}.js`, part] as const),
    );
    const index = Object.keys(parts)
      .map((path) => `require("./${path}");`)
      .join("");
    const before = version({ ...parts, "index.js": index });
    const after = version({ ...parts, "index.js": `${index}require("./x");`, "x.js": "eval(y);" });
    const { gained, lost, unknown } = diffVersions(before, after);
    expect({
      gained: gained.map(({ capability, via }) => [capability, via]),
      lost,
      unknown,
    }).toEqual({ gained: [["dynamic-code", ["index.js", "x.js"]]], lost: [], unknown: [] });
  }, 60_000);

  it("never throws, whatever the text", () => {
    const pieces = fc.constantFrom(
      "a",
      "(",
      ")",
      "{",
      "}",
      "=>",
      "function",
      "`",
      "${",
      "'",
      "/*",
      "*/",
      ";",
      "\n",
      "if",
      "return",
      "?",
      ":",
      "class",
      "import",
      "#",
      "\u{1F600}",
      "\uD800",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const after = version({ "index.js": parts.join(" ") });
        const { gained } = diffVersions(version({ "index.js": "1;" }), after);
        expect(gained).toEqual([]);
      }),
    );
  });
});

describe("symmetry", () => {
  it("loses one way what it gains the other", () => {
    const one = version({ "index.js": `fetch("https://a.invalid"); eval(x);` });
    const other = version({ "index.js": `require("child_process").exec("id");` });
    const [there, back] = [diffVersions(one, other), diffVersions(other, one)];
    const kinds = (items: readonly { readonly capability: string }[]): string[] =>
      items.map(({ capability }) => capability).sort();
    expect([kinds(there.gained), kinds(there.lost)]).toEqual([
      ["process-spawn"],
      ["dynamic-code", "network-out"],
    ]);
    expect([kinds(back.gained), kinds(back.lost)]).toEqual([
      ["dynamic-code", "network-out"],
      ["process-spawn"],
    ]);
  });
});
