import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LENS_ID } from "./lens.ts";
import type { Rule } from "./rule.ts";
import { RULES, ruleOf } from "./rules.ts";

const FOLDER = join(import.meta.dirname, "rules");
const NAMES = readdirSync(FOLDER)
  .map((file) => file.replace(/\.ts$/, ""))
  .sort();
const GUILTY = join(import.meta.dirname, "../signals", LENS_ID, "guilty");

describe("rules of Lens", () => {
  it("are the files of the folder, in order", () => {
    expect(RULES.map(({ id }) => id)).toEqual(NAMES);
  });

  it.each(NAMES)("%s.ts holds the rule of that name", async (name) => {
    const exported = (await import(`./rules/${name}.ts`)) as Record<string, Rule>;
    expect(Object.values(exported)).toEqual([ruleOf(name)]);
  });

  it.each(RULES)("$id says what it is, why, and what to do", (rule) => {
    expect(rule.title).toMatch(/^[A-Z].{8,79}[^.]$/);
    expect(rule.why).toMatch(/^[A-Z].{60,499}\.$/);
    expect(rule.advice).toMatch(/^[A-Z].{15,299}\.$/);
    expect(rule.example.length).toBeGreaterThan(20);
  });

  it.each(RULES)(
    "$id has a guilty fixture that is named after it, and is found there",
    ({ id }) => {
      const cases = readdirSync(GUILTY).filter((name) => name.startsWith(`${id}-`));
      const found = cases.map((name) => {
        const text = readFileSync(join(GUILTY, name, "expected.json"), "utf8");
        return (JSON.parse(text) as { findings: { id: string }[] }).findings.map((item) => item.id);
      });
      expect(found.length).toBeGreaterThan(0);
      for (const ids of found) expect(ids).toContain(`${LENS_ID}/${id}`);
    },
  );
});
