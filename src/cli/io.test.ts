import { describe, expect, it } from "vitest";
import { layoutFor } from "./io.ts";

const write = (): void => undefined;

describe("layoutFor", () => {
  it.each([
    ["a terminal", { isTTY: true }, {}, false, true],
    ["a pipe", {}, {}, false, false],
    ["--no-color", { isTTY: true }, { FORCE_COLOR: "1" }, true, false],
    ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1", FORCE_COLOR: "1" }, false, false],
    ["an empty NO_COLOR", { isTTY: true }, { NO_COLOR: "" }, false, true],
    ["FORCE_COLOR", {}, { FORCE_COLOR: "1" }, false, true],
    ["an empty FORCE_COLOR", {}, { FORCE_COLOR: "" }, false, true],
    ["FORCE_COLOR=0", { isTTY: true }, { FORCE_COLOR: "0" }, false, false],
    ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false, false],
  ])("colours by %s", (_what, stream, env, noColor, color) => {
    expect(layoutFor({ ...stream, write }, env, noColor)).toEqual({ color, columns: 80 });
  });

  it("is as wide as the terminal", () => {
    expect(layoutFor({ columns: 120, write }, {}, false)).toEqual({ color: false, columns: 120 });
  });
});
