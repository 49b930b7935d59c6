import { describe, expect, it } from "vitest";
import type { KeptAnswer } from "../examine/kept-answers.ts";
import { CLEAR } from "../model/examination.ts";
import { digestOfReadingCode, keptByThisCode } from "./reading-code.ts";

describe("answers kept by this code", () => {
  it("are found again by it, and stand under its digest", () => {
    const rows = new Map<string, KeptAnswer>();
    const kept = keptByThisCode({
      find: (key) => rows.get(key),
      keep: (key, answer) => {
        rows.set(key, answer);
      },
    });
    kept.keep("k", CLEAR);
    expect([kept.find("k"), kept.find("l")]).toEqual([CLEAR, undefined]);
    expect([...rows]).toEqual([[`${digestOfReadingCode()}:k`, CLEAR]]);
  });
});
