import { describe, expect, it } from "vitest";
import { fileTreeOf } from "../../model/file-tree.ts";
import { KnownFacts } from "./known-facts.ts";
import { createSources } from "./parse.ts";
import type { SourceAnswer } from "./sources.ts";

function importing(count: number): SourceAnswer {
  const imports = Array.from({ length: count }, (_, line) => {
    return { specifier: "a", kind: "require", line } as const;
  });
  return { state: "parsed", facts: { imports, loadsComputed: false, foreignIdentifiers: [] } };
}

describe("known facts", () => {
  it("go when there are too many, those asked for longest ago first", () => {
    const facts = new KnownFacts(10);
    for (const key of ["a", "b", "c"]) facts.set(key, importing(2));
    facts.get("a");
    facts.set("d", importing(2));
    const known = ["a", "b", "c", "d"].filter((key) => facts.get(key) !== undefined);
    expect(known).toEqual(["a", "c", "d"]);
  });

  it("weigh once what is set twice, and keep nothing that is too large alone", () => {
    const facts = new KnownFacts(10);
    for (let turn = 0; turn < 9; turn += 1) facts.set("a", importing(4));
    facts.set("b", importing(4));
    expect([facts.get("a"), facts.get("b")]).toEqual([importing(4), importing(4)]);
    facts.set("c", importing(10));
    expect([facts.get("a"), facts.get("b"), facts.get("c")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("are of what a file holds, wherever it lies, and of the language that its name says", () => {
    const facts = new KnownFacts();
    const text = `require("a"); const b = <any>c;`;
    const [one, two] = [
      ["x.js", "y.js"],
      ["lib/z.cjs", "w.ts"],
    ].map((paths) => createSources(fileTreeOf(paths.map((path) => [path, text])), { facts }));
    const js = one?.of("x.js");
    expect([one?.of("y.js"), two?.of("lib/z.cjs")]).toEqual([js, js]);
    expect(one?.of("y.js")).toBe(js);
    expect(two?.of("lib/z.cjs")).toBe(js);
    expect(two?.of("w.ts")).not.toBe(js);
  });
});
