import { expect, it } from "vitest";
import { WINDOWS_CAPACITY } from "./capacity.ts";

it("says that Windows has no sandbox yet and what to do instead", () => {
  const [lack, ...more] = WINDOWS_CAPACITY.lacks;
  expect([WINDOWS_CAPACITY.isolations, more, lack?.remedy]).toEqual([
    [],
    [],
    expect.stringMatching(/WSL 2 .* container/) as string,
  ]);
});
