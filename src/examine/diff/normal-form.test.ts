import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { createSources } from "../parse/parse.ts";
import { type FileForm, normalForm } from "./normal-form.ts";

function formOf(code: string, around?: readonly number[]): FileForm {
  const path = "x.ts";
  const answer = createSources(fileTreeOf([[path, code]])).tree(path);
  if (answer?.state !== "parsed") throw new Error(`does not parse: ${code}`);
  return normalForm(path, answer.tree.program, { around });
}

function digests(code: string): string[] {
  return formOf(code).units.map(({ digest }) => digest);
}

describe("written in another way", () => {
  it.each<[name: string, one: string, other: string]>([
    ["names", `function f(a) { return a + g(a, b); }`, `function q(z) { return z + g(z, b); }`],
    ["layout and semicolons", `a()\nb()`, `a();b();`],
    ["undefined", `f(undefined)`, `f(void 0)`],
    ["booleans", `f(true, false)`, `f(!0, !1)`],
    ["sequences", `a(); b(); c();`, `a(), b(), c();`],
    [
      "a sequence before return",
      `function f() { a(); return b(); }`,
      `function f() { return a(), b(); }`,
    ],
    ["if and &&", `if (a) b();`, `a && b();`],
    ["if and ||", `if (!a) b();`, `a || b();`],
    ["if and else", `if (a) b(); else c();`, `a ? b() : c();`],
    ["branches the other way round", `if (a !== 1) b(); else c();`, `a === 1 ? c() : b();`],
    ["branches that assign", `let x; if (a) x = 1; else x = 2;`, `let x = a ? 1 : 2;`],
    ["early return", `function f() { if (a) return 1; return 2; }`, `const f = () => a ? 1 : 2;`],
    [
      "guard",
      `function f() { if (!a) return; b(); c(); }`,
      `function f() { if (a) { b(); c(); } }`,
    ],
    ["a return that returns nothing", `function f() { a(); return; }`, `function f() { a() }`],
    ["declarations", `var a = f(), b; let c = g();`, `var b, a = f(); var c = g();`],
    ["declared first, assigned later", `var a; a = f();`, `const a = f();`],
    ["arrow", `f(function (a) { return a.b; });`, `f((a) => a.b);`],
    ["declared function and constant", `function f() { g(); }`, `const f = () => { g(); };`],
    ["templates", "f(`a${b}c`);", `f("a" + b + "c");`],
    ["templates and concat", "f(`a${b}c`);", `f("a".concat(b, "c"));`],
    ["joined texts", `f("a" + "b" + c);`, `f("ab" + c);`],
    ["parentheses", `f((a + b));`, `f(a + b);`],
    ["quotes of properties", `f({ "a": 1, b: 2 });`, `f({ a: 1, "b": 2 });`],
    ["members", `a["b"].c();`, `a.b["c"]();`],
    ["shorthand", `let a; f({ a });`, `let z; f({ a: z });`],
    ["methods", `f({ a() { b(); } });`, `f({ a: function () { b(); } });`],
    ["numbers", `f(1000, 255, 0.5);`, `f(1e3, 0xff, .5);`],
    ["infinity", `f(Infinity);`, `f(1 / 0);`],
    ["comparisons", `if (null === a && b > 1) c();`, `a === null && 1 < b && c();`],
    ["de Morgan", `if (!(a && b)) c();`, `(!a || !b) && c();`],
    ["nested conditions", `if (a) { if (b) c(); }`, `if (a) { b && c(); }`],
    ["loops", `while (a) b();`, `for (; a; ) b();`],
    ["endless loops", `while (true) b();`, `for (;;) b();`],
    ["counting", `a += 1;`, `a++;`],
    ["new without arguments", `f(new A());`, `f(new A);`],
    ["types", `function f(a: string): void { b(a as any); }`, `function f(a) { b(a); }`],
    ["directives", `"use strict"; a();`, `a();`],
    ["exports", `export function f() { a(); }`, `function f() { a(); } export { f };`],
    [
      "words of a message",
      `throw new Error("it is gone, sorry");`,
      `throw new Error("it went away!");`,
    ],
    [
      "functions in another order",
      `function f() { a(); } function g() { b(); }`,
      `function g() { b(); } function f() { a(); }`,
    ],
    ["called where it stands", `(function () { a(); })();`, `(() => { a(); })();`],
  ])("%s", (_, one, other) => {
    expect(digests(one).sort()).toEqual(digests(other).sort());
  });
});

describe("something else", () => {
  it.each<[name: string, one: string, other: string]>([
    ["another function is called", `a();`, `b();`],
    ["another member", `a.b();`, `a.c();`],
    ["another module", `require("fs");`, `require("net");`],
    ["another host", `f("https://a.invalid/x");`, `f("https://b.invalid/x");`],
    ["another command", `f("curl -s x");`, `f("curl -o y x");`],
    ["another path", `f("/etc/passwd");`, `f("/etc/hosts");`],
    ["the other branch", `if (a) b(); else c();`, `if (a) c(); else b();`],
    [
      "arguments the other way round",
      `function f(a, b) { g(a, b, a); }`,
      `function f(a, b) { g(a, b, b); }`,
    ],
    ["a global instead of a local", `function f(a) { a(); }`, `function f(b) { a(); }`],
    ["one call more", `a(); b();`, `a(); b(); b();`],
    ["awaited or not", `async function f() { await a(); }`, `function f() { a(); }`],
    ["another number", `f(1);`, `f(2);`],
    ["another expression", `f(/a/);`, `f(/b/);`],
    ["taken away", `delete a.b;`, `a.b;`],
  ])("%s", (_, one, other) => {
    expect(digests(one).sort()).not.toEqual(digests(other).sort());
  });
});

describe("constants", () => {
  it("are hosts, commands and paths, and nothing else", () => {
    const { constants } = formOf(`
      f("https://a.invalid:8080/x?y", "10.0.0.1", "wss://u:p@b.invalid", "example.com/path");
      g("curl -s x | sh", "/etc/passwd", "~/.ssh/id_rsa", "%APPDATA%\\\\x");
      h("index.js", "a.b.c", "./lib/x", "text/html", "GET", "utf8", "This is a sentence.", "git", "1.2.3");
    `);
    expect(constants.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      "host a.invalid",
      "host 10.0.0.1",
      "host b.invalid",
      "host example.com",
      "command curl -s x | sh",
      "path /etc/passwd",
      "path ~/.ssh/id_rsa",
      "path %APPDATA%\\x",
    ]);
  });

  it("are found in pieces, and not in comments", () => {
    const { constants } = formOf(
      "// https://c.invalid\nf('https://' + 'd.invalid/' + x, `https://e.invalid/${x}`);",
    );
    expect(constants.map(({ text }) => text)).toEqual(["d.invalid", "e.invalid"]);
  });
});

describe("around a place", () => {
  const code = `import a from "a"; const b = () => { c(function d() { e(); }); };
    class F { g() { return (() => h())(); } }`;
  const spans = (form: ReturnType<typeof formOf>): string[] =>
    form.units.map(({ isTop, start, end }) => (isTop ? "all" : code.slice(start, end)));

  it.each<[place: string, functions: string[]]>([
    ["import", []],
    ["c(", [`() => { c(function d() { e(); }); }`]],
    ["e()", [`() => { c(function d() { e(); }); }`, `function d() { e(); }`]],
    ["h()", [`() { return (() => h())(); }`]],
  ])("%s only the functions there are read, as they are read else", (place, functions) => {
    const form = formOf(code, [code.indexOf(place)]);
    expect(spans(form)).toEqual(["all", ...functions]);
    const whole = formOf(code).units;
    for (const unit of form.units) expect(whole).toContainEqual(unit);
  });
});
