import * as fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { comparedVersions } from "./release-line.ts";
import type { DatedVersion } from "./release.ts";

const DAY_MS = 24 * 3_600_000;

function undated(text: string): readonly DatedVersion[] {
  return text.split(" ").map((version) => ({ version, publishedAtMs: undefined }));
}

/** `1.0.0:5` was published on day 5. */
function dated(text: string): readonly DatedVersion[] {
  return text.split(" ").map((entry) => {
    const [version = "", day] = entry.split(":");
    return { version, publishedAtMs: Number(day) * DAY_MS };
  });
}

describe("comparedVersions", () => {
  it.each([
    [
      "up to three of its major, newest first",
      "1.4.0",
      "1.0.0 1.2.0 1.10.0 1.1.0 1.3.0",
      "1.3.0 1.2.0 1.1.0",
    ],
    ["none of a newer major", "1.4.0", "1.3.0 2.0.0 2.1.0", "1.3.0"],
    ["none of an older major while its own has some", "2.0.1", "1.9.0 2.0.0", "2.0.0"],
    [
      "the newest of the line before, for the first of a line",
      "2.0.0",
      "1.8.0 1.9.0 0.1.0",
      "1.9.0",
    ],
    ["the nearest line there is", "5.0.0", "1.0.0 2.3.0", "2.3.0"],
    ["the same minor under 1", "0.2.3", "0.1.9 0.2.0 0.2.2", "0.2.2 0.2.0"],
    ["the minor before under 1, for its first", "0.3.0", "0.1.9 0.2.0 0.2.2", "0.2.2"],
    ["0.0.x as one line", "0.0.3", "0.0.1 0.0.2", "0.0.2 0.0.1"],
    ["stable with stable ones", "1.1.0", "1.0.0 1.1.0-rc.1 1.1.0-rc.2", "1.0.0"],
    ["no pre-release for the first stable", "1.0.0", "1.0.0-rc.1 0.9.0-rc.1", ""],
    [
      "pre-releases with all of the line",
      "1.1.0-rc.3",
      "1.0.0 1.1.0-rc.1 1.1.0-rc.2 0.9.0",
      "1.1.0-rc.2 1.1.0-rc.1 1.0.0",
    ],
    ["the line before for the first pre-release of one", "2.0.0-rc.1", "1.9.0 1.8.0", "1.9.0"],
    ["not itself", "1.0.0", "1.0.0", ""],
    ["not its own build", "1.0.0+b", "1.0.0 1.0.0+a", ""],
    ["nothing", "1.0.0", "2.0.0", ""],
  ])("takes %s", (_what, version, versions, expected) => {
    expect(comparedVersions(version, undated(versions)).join(" ")).toBe(expected);
  });

  it.each([
    [
      "published within the week before",
      "1.3.0",
      "1.1.0:1 1.2.0:20 1.2.1:26 1.3.0:27",
      "1.2.0 1.1.0",
    ],
    ["published later", "1.3.0", "1.1.0:1 1.2.0:30 1.3.0:27", "1.1.0"],
    [
      "of its line, if the line before has settled ones",
      "2.0.1",
      "1.9.0:1 2.0.0:26 2.0.1:27",
      "1.9.0",
    ],
    ["none, if all are that young", "1.0.2", "1.0.0:1 1.0.1:2 1.0.2:3", "1.0.1 1.0.0"],
    ["none, if it has no date itself", "1.0.2", "1.0.0:1 1.0.1:2", "1.0.1 1.0.0"],
  ])("leaves out those %s", (_what, version, versions, expected) => {
    expect(comparedVersions(version, dated(versions)).join(" ")).toBe(expected);
  });

  it("takes at most three, all lower, all of one line, whatever the order", () => {
    const number = fc.nat(3);
    const version = fc
      .tuple(number, number, number, fc.constantFrom("", "-a", "-b.1", "+x"))
      .map(([major, minor, patch, rest]) => `${[major, minor, patch].join(".")}${rest}`);
    const listed = fc.uniqueArray(
      fc.record({ version, publishedAtMs: fc.option(fc.nat(30 * DAY_MS), { nil: undefined }) }),
      { selector: (each) => each.version, maxLength: 30 },
    );
    fc.assert(
      fc.property(version, listed, (subject, versions) => {
        const compared = comparedVersions(subject, versions);
        const lineOf = (each: string): string => {
          const { major, minor } = new semver.SemVer(each);
          return major > 0 ? String(major) : `0.${String(minor)}`;
        };
        expect({
          few: compared.length <= 3,
          lower: compared.every((each) => semver.lt(each, subject)),
          lines: new Set(compared.map(lineOf)).size <= 1,
          sorted: compared.toSorted(semver.rcompare),
          reversed: comparedVersions(subject, versions.toReversed()),
        }).toEqual({ few: true, lower: true, lines: true, sorted: compared, reversed: compared });
      }),
    );
  });
});
