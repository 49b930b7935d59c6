import { describe, expect, it } from "vitest";
import { Packument } from "./packument.ts";
import { resolveRequest } from "./request-spec.ts";

function packumentOf(
  versions: readonly string[],
  tags: Record<string, string> = {},
  deprecated: readonly string[] = [],
): Packument {
  return Packument.of("a", {
    name: "a",
    "dist-tags": tags,
    versions: Object.fromEntries(
      versions.map((version) => [
        version,
        {
          name: "a",
          version,
          dist: { tarball: "https://r.invalid/a.tgz" },
          ...(deprecated.includes(version) ? { deprecated: "old" } : { deprecated: "" }),
        },
      ]),
    ),
  });
}

const plain = packumentOf(["1.0.0", "1.1.0", "1.2.0", "2.0.0", "3.0.0-rc.1", "3.0.0-rc.2"], {
  latest: "1.1.0",
  next: "3.0.0-rc.1",
  lost: "9.9.9",
});
const deprecated = packumentOf(["1.0.0", "1.1.0", "1.2.0", "2.0.0"], { latest: "1.2.0" }, [
  "1.2.0",
  "2.0.0",
]);
const unborn = packumentOf(["1.0.0-a", "1.0.0-b"], { latest: "1.0.0-a" });
const untagged = packumentOf(["0.9.0", "1.0.0"]);

describe("resolveRequest", () => {
  it.each<[string, Packument, string, string | undefined]>([
    ["a tag", plain, "next", "3.0.0-rc.1"],
    ["the default tag", plain, "latest", "1.1.0"],
    ["a tag on nothing", plain, "lost", undefined],
    ["an unknown tag", plain, "beta", undefined],
    ["a tag called like a method", plain, "constructor", undefined],
    ["an exact version", plain, "1.2.0", "1.2.0"],
    ["an exact version with a v", plain, "v1.2.0", "1.2.0"],
    ["an exact version with an equals sign", plain, "=1.2.0", "1.2.0"],
    ["an absent version", plain, "1.3.0", undefined],
    ["build metadata is no part of a version", plain, "1.2.0+build", "1.2.0"],
    ["a range that holds latest", plain, "^1.0.0", "1.1.0"],
    ["everything", plain, "*", "1.1.0"],
    ["x", plain, "x", "1.1.0"],
    ["a range that is above latest", plain, ">1.1.0 <2", "1.2.0"],
    ["a range of two", plain, "1.0.x || 2.x", "2.0.0"],
    ["no pre-release in a plain range", plain, ">=2", "2.0.0"],
    ["the highest pre-release when one is named", plain, "^3.0.0-rc.0", "3.0.0-rc.2"],
    ["a range that nothing satisfies", plain, "^4", undefined],
    ["latest, deprecated, gives way", deprecated, "^1.0.0", "1.1.0"],
    ["deprecated, when there is nothing else", deprecated, "^2", "2.0.0"],
    ["deprecated, when asked for by tag", deprecated, "latest", "1.2.0"],
    ["everything takes latest even as a pre-release", unborn, "*", "1.0.0-a"],
    ["no other range does", unborn, ">=0", undefined],
    ["the highest without tags", untagged, "*", "1.0.0"],
    ["latest without tags", untagged, "latest", undefined],
  ])("%s", (_, packument, selector, expected) => {
    expect(resolveRequest({ name: "a", selector }, packument)).toBe(expected);
  });
});
