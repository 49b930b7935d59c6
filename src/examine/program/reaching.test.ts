import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadsWrittenIn, reachesOut } from "./reaching.ts";

const isOwn = (specifier: string): boolean => specifier.startsWith("example");

/** Each is a way out by itself. */
const WAYS_OUT = [
  `require("fs").readFileSync(p)`,
  `const load = require;`,
  "require(name)",
  "require(`fs`)",
  `require("f\\u0073")`,
  `require("axios").post(u)`,
  `require("example/other")`,
  `import fs from "fs";`,
  `import { get } from 'node:https';`,
  `export * from "child_process";`,
  `import("https://example.invalid/x.js")`,
  "import(name)",
  `import ky from "ky";`,
  "process.env.TOKEN",
  "process.env.NODE_ENV[0]; process.env",
  "process.mainModule",
  "f(process)",
  "return process",
  "throw process",
  "for (const x of process.argv) f(x)",
  "x = process\nrun(x)",
  "else process.exit()",
  "const { env } = process;",
  "globalThis[name]",
  "f(window)",
  "window.load = f",
  "global.console.log = f",
  "window.count ??= f",
  "window.top[name]",
  "const F = f.constructor; F(code)()",
  "const { constructor: F } = f;",
  "window.fetch(u)",
  `self["fe" + "tch"](u)`,
  "var g = global || self",
  "new Function(code)",
  "Function(code)()",
  "fetch(u)",
  "await fetch(u)",
  "eval(code)",
  "f.constructor(code)",
  `x["const" + "ructor"](code)`,
  "new Worker(u)",
  `"x"["constructor"]["constructor"](code)`,
  "Reflect.get(f, k)",
  "f\\u0065tch(u)",
  `setTimeout("code", 1)`,
  `require("./x.node")`,
];

/** Words of ways out, where they are none. */
const NO_WAY_OUT = [
  `require("./other").run()`,
  `import { a } from "./a.js"; export * from "./b.js";`,
  `import React from "react";`,
  `const { merge } = require("lodash/fp");`,
  `import "core-js/stable";`,
  `if (process.env.NODE_ENV !== "production") warn();`,
  `typeof process !== "undefined"`,
  `typeof window === "object" && run()`,
  "x instanceof Function",
  "// we process the window here, and fetch nothing",
  "/** The global state of the process is kept. */",
  "Function.prototype.call(f)",
  "process.nextTick(done)",
  "window.setup(1)",
  "this.constructor(x)",
  "x.constructor === Object && x.constructor.name",
  "class A { constructor(x) {} }",
  "window.width === 1 || global.depth >= 2",
  `x["default"](y)`,
  "const processed = 1; const selfish = 2;",
];

describe("whether code reaches out", () => {
  it.each(WAYS_OUT)("takes %s for a way out", (code) => {
    expect(reachesOut(code, isOwn)).toBe(true);
  });

  it.each(NO_WAY_OUT)("takes %s for none", (code) => {
    expect(reachesOut(code, isOwn)).toBe(false);
  });

  it("finds a way out whatever harmless code stands around it", () => {
    const harmless = fc.array(fc.constantFrom(...NO_WAY_OUT), { maxLength: 4 });
    fc.assert(
      fc.property(harmless, fc.constantFrom(...WAYS_OUT), harmless, (before, way, after) => {
        expect(reachesOut([...before, way, ...after].join(";\n"), isOwn)).toBe(true);
      }),
    );
  });

  it("finds a way out behind any number of blanks", () => {
    const blanks = fc.integer({ min: 1, max: 400 }).map((count) => " ".repeat(count));
    const keyword = fc.constantFrom("return", "typeof", "in", "case", "await", "instanceof");
    fc.assert(
      fc.property(keyword, blanks, (word, space) => {
        expect(reachesOut(`x;${word}${space}process.mainModule`, isOwn)).toBe(true);
        expect(reachesOut(`(process${space}as any).mainModule`, isOwn)).toBe(true);
      }),
    );
  });
});

describe("what code loads of its package", () => {
  it("is told from its words", () => {
    const code = `
      import a from "./a.js"; import "./b.js"; export * from './c.js';
      const d = require("./d"), e = import(\`./e.js\`); import lodash from "lodash";
      fork("./f.js"); new URL("../g.js", base); // require("./h")`;
    expect(loadsWrittenIn(code)).toEqual([
      ...["./a.js", "./b.js", "./c.js", "./d", "./e.js", "./f.js", "../g.js", "./h"],
    ]);
  });

  it.each([`import a from/* */"./a.js"`, `require(/* */ "./a")`, `require("\\x2e/a")`])(
    "takes a parser for %s",
    (code) => {
      expect(loadsWrittenIn(code)).toBeUndefined();
    },
  );
});
