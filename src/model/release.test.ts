import { describe, expect, it } from "vitest";
import { predecessorOf, type ReleaseHistory } from "./release.ts";

function history(...versions: string[]): ReleaseHistory {
  return {
    name: "a",
    distTags: new Map(),
    versions: versions.map((version) => ({ version, publishedAtMs: undefined })),
  };
}

describe("predecessorOf", () => {
  it.each([
    ["the next lower one", "1.1.0", ["1.0.0", "1.1.0", "2.0.0"], "1.0.0"],
    ["none for the first", "1.0.0", ["1.0.0", "2.0.0"], undefined],
    [
      "a stable one before pre-releases for a stable one",
      "2.0.0",
      ["1.0.0", "2.0.0-rc.1", "2.0.0"],
      "1.0.0",
    ],
    ["a pre-release where nothing stable is lower", "1.0.0", ["1.0.0-rc.1", "1.0.0"], "1.0.0-rc.1"],
    [
      "a pre-release for a pre-release",
      "2.0.0-rc.2",
      ["1.0.0", "2.0.0-rc.1", "2.0.0-rc.2"],
      "2.0.0-rc.1",
    ],
    ["by number for a version that is not listed", "1.5.0", ["1.0.0", "1.4.0", "2.0.0"], "1.4.0"],
    ["the last for a version above all", "3.0.0", ["1.0.0", "2.0.0"], "2.0.0"],
    ["none where there is nothing", "1.0.0", [], undefined],
  ])("gives %s", (_, version, versions, expected) => {
    expect(predecessorOf(version, history(...versions))).toBe(expected);
  });
});
