import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { createSources } from "./parse.ts";
import type { SourceAnswer } from "./sources.ts";

function read(path: string, text: string): SourceAnswer | undefined {
  const tree = fileTreeOf([[path, text]]);
  const [lazy, plain] = [
    createSources(tree, { mode: "lazy" }).of(path),
    createSources(tree, { mode: "plain" }).of(path),
  ];
  expect(lazy).toEqual(plain);
  return lazy;
}

const NOTHING = { imports: [], loadsComputed: false, foreignIdentifiers: [] };

function parsed(facts: object): SourceAnswer {
  return { state: "parsed", facts: { ...NOTHING, ...facts } };
}

describe("sources", () => {
  it("reads every way of loading a module", () => {
    const text = [
      `import a from "a";`,
      `export * from "b";`,
      `export { c } from "c";`,
      `const d = require("d"), e = (require)(\`e\`);`,
      `await import("f");`,
      `require.resolve("g"); import.meta.resolve("h");`,
      `new Worker("./i.js"); new URL("./j.wasm", import.meta.url);`,
      `child.fork("./k.js"); module.require("l");`,
    ].join("\n");
    expect(read("x.js", text)).toEqual(
      parsed({
        imports: [
          { specifier: "a", kind: "import", line: 1 },
          { specifier: "b", kind: "import", line: 2 },
          { specifier: "c", kind: "import", line: 3 },
          { specifier: "d", kind: "require", line: 4 },
          { specifier: "e", kind: "require", line: 4 },
          { specifier: "f", kind: "dynamic-import", line: 5 },
          { specifier: "g", kind: "resolve", line: 6 },
          { specifier: "h", kind: "resolve", line: 6 },
          { specifier: "./i.js", kind: "worker", line: 7 },
          { specifier: "./j.wasm", kind: "url", line: 7 },
          { specifier: "./k.js", kind: "worker", line: 8 },
          { specifier: "l", kind: "require", line: 8 },
        ],
      }),
    );
  });

  it.each([
    ["require(name)"],
    ["import('./' + name)"],
    ["require(`./${name}`)"],
    ["r\\u0065quire(name)"],
  ])("says that %s loads something computed", (text) => {
    expect(read("x.js", text)).toEqual(parsed({ loadsComputed: true }));
  });

  it("finds identifiers with foreign letters, wherever they stand", () => {
    expect(read("x.js", `"é";\nconst аdmin = { ключ: 1 };\nаdmin.ключ;`)).toEqual(
      parsed({
        foreignIdentifiers: [
          { name: "аdmin", line: 2, column: 7 },
          { name: "ключ", line: 2, column: 17 },
          { name: "аdmin", line: 3, column: 1 },
          { name: "ключ", line: 3, column: 7 },
        ],
      }),
    );
  });

  it.each([
    ["x.ts", "import fs = require('x'); let a = <any>b;"],
    ["x.tsx", "const a: X = <a href={require('x')} />;"],
    ["x.js", "const a = <b>{require('x')}</b>;"],
    ["x.js", "type A = string; const a: A = require('x');"],
    ["x.cjs", "if (a) return require('x');"],
    ["x.js", "\uFEFF#!/usr/bin/env node\nrequire('x')"],
    ["bin/x", "#!/usr/bin/env node\nrequire('x')"],
    ["x.d.ts", "import x = require('x');"],
  ])("reads the dialect of %s: %s", (path, text) => {
    const line = text.includes("\n") ? 2 : 1;
    expect(read(path, text)).toEqual(
      parsed({ imports: [{ specifier: "x", kind: "require", line }] }),
    );
  });

  it.each([
    ["@dec(require('x')) export class A {}"],
    ["@dec(require('x')) export default class A {}"],
    ["class A { @dec(require('x')) m(@dec a: string) {} }"],
    [`a${" + b".repeat(2_000)} + require('x');`],
    ["enum A { B = require('x') }"],
    ["let a /* é */ : B = /* require */ require /* ü */ ('x'); // é"],
    ["function /* é */ a(/* ü */ b /* ä */) { /* import */ require('x'); }"],
    ["class A /* é */ extends /* import */ require('x') /* ü */ {}"],
    ["class A<T> extends require('x')<T> implements B {}"],
    ["function f(this: import('y'), ...a: any) { require('x'); }"],
    ["namespace A { require('x'); }"],
    ["export = require('x');"],
    ["f/* require */ (/* é */ require /* ( */ ('x'));"],
  ])("finds a load in %s", (text) => {
    expect(read("x.ts", text)).toEqual(
      parsed({ imports: [{ specifier: "x", kind: "require", line: 1 }] }),
    );
  });

  it.each([
    ["let a: Ü;"],
    ["try { a } catch (b: Ü) {}"],
    ["function f(this: Ü) {}"],
    ["type A = (this: Ü) => void;"],
    ["type A = { (this: Ü): void; b(c: d): Ü };"],
    ["const [a, ...Ü] = b;"],
    ["const { a, ...Ü } = b;"],
    ["(a, ...Ü) => a;"],
    ["([a, ...Ü] = b);"],
    ["class A extends Ü {}"],
    ["function f(...a: Ü[]) {}"],
    ["class A { constructor(private Ü, @Ü b) {} }"],
    ["type A = new (b: Ü, ...c: Ü[]) => Ü; type D = { new (b: Ü, ...c: Ü[]): Ü };"],
    ["abstract class A { declare b: Ü; get c(): Ü; [d: string]: Ü }"],
  ])("finds a foreign name in %s", (text) => {
    const names = [...text.matchAll(/Ü/g)].map(({ index }) => index + 1);
    const expected = names.map((column) => ({ name: "Ü", line: 1, column }));
    expect(read("x.ts", text)).toEqual(parsed({ foreignIdentifiers: expected }));
  });

  /** One expression in another, in every way that has a field of its own in the tree. */
  const AROUND = [
    (inner: string) => `(${inner})`,
    (inner: string) => `[1, ...${inner}, , 2]`,
    (inner: string) => `({ a: 1, [${inner}]: 2, ...b })`,
    (inner: string) => `({ é, get a() { return ${inner}; } })`,
    (inner: string) => `\`é\${a}\u00e9\${${inner}}\``,
    (inner: string) => `tag\`\${${inner}}\``,
    (inner: string) => `a?.b[${inner}]?.(c)`,
    (inner: string) => `new (${inner})("é", a)`,
    (inner: string) => `(a, ${inner}, b)`,
    (inner: string) => `a ? ${inner} : "\\u2028"`,
    (inner: string) => `(a ??= typeof ${inner})`,
    (inner: string) => `(async ({ a = ${inner} }, ...[b]) => { await a; })`,
    (inner: string) => `function* (a = b) { yield ${inner}; }`,
    (inner: string) => `class é extends (${inner}) { #a = 1; }`,
    (inner: string) => `class { static { ${inner}; } static a = b; }`,
    (inner: string) => `import(a, ${inner})`,
    (inner: string) => `() => { switch (a) { case ${inner}: b; default: } }`,
    (inner: string) => `() => { é: for (const a of ${inner}) break é; }`,
    (inner: string) => `() => { for (let i = 0; ${inner}; i++) while (a) b; }`,
    (inner: string) => `() => { try { a } catch ({ b = ${inner} }) { } finally { c } }`,
    (inner: string) => `([a, ...(${inner})[1]] = b)`,
    (inner: string) => `({ a, ...(${inner})[1] } = b)`,
    (inner: string) => `(a, ...[b = ${inner}]) => c`,
    (inner: string) => `a => (b, ${inner})`,
    (inner: string) => `(a = ${inner}, { b, c: [d = 1] }) => {}`,
    (inner: string) => `function (a, ...{ length: é = ${inner} }) {}`,
    (inner: string) => `() => { const [a, ...[b = ${inner}]] = c, { d, ...é } = e; }`,
    (inner: string) => `<a b={${inner}} {...c}>é</a>`,
    (inner: string) => `<a.b>{${inner}}</a.b>`,
  ].map((around) => (inner: string) => `(${around(inner)})`);

  it("finds a load and a foreign name however they are nested", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...AROUND), { maxLength: 6 }), (arounds) => {
        const inner = "[require('x'), ünter]";
        const text = `"${"é".repeat(99)}";\n${arounds.reduce((code, around) => around(code), inner)};`;
        const answer = read("x.js", text);
        if (answer?.state !== "parsed") throw new Error(`cannot be parsed: ${text}`);
        const { imports, foreignIdentifiers } = answer.facts;
        expect(imports).toEqual([{ specifier: "x", kind: "require", line: 2 }]);
        const names = foreignIdentifiers.filter(({ name }) => name === "ünter");
        expect(names).toEqual([
          { name: "ünter", line: 2, column: text.indexOf("ünter") - text.indexOf("\n") },
        ]);
      }),
    );
  });

  it("leaves what is no source alone", () => {
    const tree = fileTreeOf([
      ["a.json", "{}"],
      ["bin/b", "#!/bin/sh\n"],
      ["LICENSE", "require('x')"],
    ]);
    const sources = createSources(tree);
    expect(["a.json", "bin/b", "LICENSE", "absent.js"].map((path) => sources.of(path))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("does not know what it cannot parse", () => {
    expect(read("x.js", "const = ;")).toEqual({
      state: "unknown",
      why: "the code is in no dialect that can be parsed",
    });
  });

  it("beside each other parse once what both have the same", () => {
    const files = [
      ["same.js", "require('a')"],
      ["other.js", "require('b')"],
    ] as const;
    const sources = createSources(fileTreeOf(files));
    const beside = sources.beside(fileTreeOf([files[0], ["other.js", "require('c')"]]));
    expect(beside.of("same.js")).toBe(sources.of("same.js"));
    expect(beside.of("other.js")).toEqual(
      parsed({ imports: [{ specifier: "c", kind: "require", line: 1 }] }),
    );
    expect(beside.family).toBe(sources.family);
    expect(createSources(fileTreeOf(files)).family).not.toBe(sources.family);
  });

  it("parses no file beyond its bounds", () => {
    const tree = fileTreeOf([["x.js", new Uint8Array(17 * 1024 * 1024)]]);
    expect(createSources(tree).of("x.js")).toEqual({
      state: "unknown",
      why: "the file is too large to be parsed",
    });
  });

  it.each([
    "(",
    "(a=(",
    "class A{a(){",
    "- ",
    "typeof ",
    "new ",
    "a=>",
    "a?b:",
    "!",
    "A<",
    "[",
    '(")",',
  ])("keeps %j, repeated, away from the parser, which it would bring down", (piece) => {
    expect(read("x.ts", piece.repeat(100_000))).toEqual({
      state: "unknown",
      why: "the code nests too deep to be parsed",
    });
  });

  it("parses large files that stay shallow", () => {
    const text = `f("(", [{ a: '{' }]); /* ( */\n`.repeat(60_000) + "require('x')";
    expect(read("x.js", text)).toEqual(
      parsed({ imports: [{ specifier: "x", kind: "require", line: 60_001 }] }),
    );
  });
});
