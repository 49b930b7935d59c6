import { describe, expect, it } from "vitest";
import { Failure, isFailure, messageOf } from "./failure.ts";

describe("Failure", () => {
  it("carries code, sentence, detail and cause", () => {
    const cause = new Error("below");
    const failure = new Failure("too-large", "It is too large.", { limit: "BYTES_MAX" }, cause);
    const { name, code, message, detail } = failure;
    expect({ name, code, message, detail, cause: failure.cause }).toEqual({
      name: "Failure",
      code: "too-large",
      message: "It is too large.",
      detail: { limit: "BYTES_MAX" },
      cause,
    });
    expect("cause" in new Failure("usage", "No.")).toBe(false);
  });

  it.each([
    [new Failure("usage", "No."), undefined, true],
    [new Failure("usage", "No."), "usage", true],
    [new Failure("usage", "No."), "offline", false],
    [new Error("No."), undefined, false],
    [{ code: "usage" }, "usage", false],
    [undefined, undefined, false],
  ] as const)("is told apart from other things: %s as %s", (error, code, expected) => {
    expect(isFailure(error, code)).toBe(expected);
  });
});

describe("messageOf", () => {
  it.each([
    [new TypeError("wrong"), "wrong"],
    ["thrown text", "thrown text"],
    [undefined, "undefined"],
  ])("says %s", (error, message) => {
    expect(messageOf(error)).toBe(message);
  });
});
