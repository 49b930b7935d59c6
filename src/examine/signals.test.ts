import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AnySignal, SIGNALS } from "./signals.ts";

const ROOT = join(import.meta.dirname, "signals");
const FOLDERS = readdirSync(ROOT).sort();

function casesIn(folder: string, kind: string): readonly string[] {
  const path = join(ROOT, folder, kind);
  return existsSync(path) ? readdirSync(path) : [];
}

describe("list of signals", () => {
  it("names every folder once, in order", () => {
    expect(SIGNALS.map((signal) => signal.id)).toEqual(FOLDERS);
  });

  it.each(FOLDERS)("finds in the folder %s the signal of that name", async (folder) => {
    const exported = (await import(`./signals/${folder}/signal.ts`)) as Record<string, AnySignal>;
    const listed = SIGNALS.filter((signal) => signal.id === folder);
    expect(Object.values(exported)).toEqual(listed);
  });

  it.each(SIGNALS)("$id says what it is and why", (signal) => {
    expect(signal.version).toBeGreaterThanOrEqual(1);
    expect(signal.title).toMatch(/^[A-Z].{5,79}[^.]$/);
    expect(signal.rationale).toMatch(/^[A-Z].{40,499}\.$/);
  });

  it.each(FOLDERS)("%s has guilty and innocent fixtures and plays them", (folder) => {
    expect({
      guilty: casesIn(folder, "guilty").length > 0,
      innocent: casesIn(folder, "innocent").length > 0,
      tested: existsSync(join(ROOT, folder, "signal.test.ts")),
    }).toEqual({ guilty: true, innocent: true, tested: true });
  });
});
