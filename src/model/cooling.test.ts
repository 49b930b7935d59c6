import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPackage, settledBelow, youngVersions } from "./cooling.ts";
import type { ReleaseHistory } from "./release.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse("2026-06-01T12:00:00Z");

function history(ages: Readonly<Record<string, number | undefined>>): ReleaseHistory {
  return {
    name: "a",
    distTags: new Map(),
    versions: Object.entries(ages).map(([version, hours]) => ({
      version,
      publishedAtMs: hours === undefined ? undefined : NOW_MS - hours * HOUR_MS,
    })),
  };
}

describe("youngVersions", () => {
  it("lists what is inside the window with its end; a version without a date is not in it", () => {
    const versions = history({ "1.0.0": 48, "1.1.0": 2, "1.2.0": 1.5, "1.3.0": undefined });
    expect([...youngVersions(versions, 2 * HOUR_MS, NOW_MS)]).toEqual([
      ["1.2.0", NOW_MS + 0.5 * HOUR_MS],
    ]);
  });

  it("counts a date in the future as young", () => {
    const young = youngVersions(history({ "1.0.0": -5 }), 2 * HOUR_MS, NOW_MS);
    expect([...young.keys()]).toEqual(["1.0.0"]);
  });
});

describe("settledBelow", () => {
  const versions = history({ "1.0.0": 48, "1.1.0-rc.1": 40, "1.1.0": 1, "1.2.0-rc.1": 1 });
  const young = youngVersions(versions, 2 * HOUR_MS, NOW_MS);

  it.each([
    ["1.1.0", "1.0.0"],
    ["1.2.0-rc.1", "1.1.0-rc.1"],
    ["1.0.0", undefined],
  ])("leads from %s to %s", (version, expected) => {
    expect(settledBelow(version, versions, young)).toBe(expected);
  });
});

describe("matchesPackage", () => {
  it("matches a name or a whole scope, and nothing by its beginning", () => {
    const part = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    fc.assert(
      fc.property(part, part, (scope, name) => {
        expect(matchesPackage(`@${scope}/*`, `@${scope}/${name}`)).toBe(true);
        expect(matchesPackage(`@${scope}/*`, `@${scope}x/${name}`)).toBe(false);
        expect(matchesPackage(name, name)).toBe(true);
        expect(matchesPackage(name, `${name}x`)).toBe(false);
        expect(matchesPackage(`@${scope}/*`, name)).toBe(false);
      }),
    );
  });
});
