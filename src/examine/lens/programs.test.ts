import { describe, expect, it } from "vitest";
import { takesData } from "./programs.ts";

describe("what is put into a command line", () => {
  it.each([
    "git clone …",
    "node own.js …",
    'osascript "…/scripts/open.applescript" "…"',
    "python3 …/tool.py …",
  ])("is data for %s", (command) => {
    expect(takesData(command)).toBe(true);
  });

  it.each([
    "sh -c …",
    "node …",
    "node",
    "osascript -e …",
    'sh "…"',
    "sh …/…",
    "sh …",
    "cmd /c …",
    "… own.js",
    undefined,
  ])("may be code for %s", (command) => {
    expect(takesData(command)).toBe(false);
  });
});
