import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Packument } from "../../acquire/packument.ts";
import { isJsonObject, parseJson, type Json, type JsonObject } from "../../model/canonical.ts";
import { viewPackument, type ViewOptions } from "./packument-view.ts";

const SETTLES_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const NOTICE =
  "Held by Veln: this version is still cooling and settles at 2026-01-02T03:04:05.000Z.";

const OPTIONS: ViewOptions = {
  young: new Map([["1.1.0", SETTLES_AT_MS]]),
  omitted: new Set(),
  abbreviated: false,
  tarballUrl: (version) => `http://gate.invalid/${version}`,
};

const manifest = (version: string, more: JsonObject = {}): JsonObject => ({
  name: "thing",
  version,
  dist: { tarball: `https://registry.invalid/thing-${version}.tgz`, integrity: "sha512-x" },
  ...more,
});

const RAW: JsonObject = {
  name: "thing",
  readme: "Read me.",
  "dist-tags": { latest: "1.1.0", next: "1.1.0", old: "1.0.0", lost: "9.9.9" },
  versions: { "1.0.0": manifest("1.0.0"), "1.1.0": manifest("1.1.0") },
  time: { modified: "2026-01-02T01:04:05.000Z", "1.0.0": "2025-01-01T00:00:00.000Z" },
};

const shown = (version: string, more: JsonObject = {}): JsonObject =>
  manifest(version, {
    ...more,
    dist: { integrity: "sha512-x", tarball: `http://gate.invalid/${version}` },
  });

describe("viewPackument", () => {
  it("leads every tarball to the gate, marks what is cooling and leads tags below it", () => {
    expect(viewPackument(Packument.of("thing", RAW), OPTIONS)).toEqual({
      ...RAW,
      "dist-tags": { latest: "1.0.0", next: "1.0.0", old: "1.0.0", lost: "9.9.9" },
      versions: { "1.0.0": shown("1.0.0"), "1.1.0": shown("1.1.0", { deprecated: NOTICE }) },
    });
  });

  it("leaves cooling versions out for resolvers that do not look at deprecation", () => {
    const view = viewPackument(Packument.of("thing", RAW), {
      ...OPTIONS,
      omitted: new Set(["1.1.0"]),
    });
    expect(view["versions"]).toEqual({ "1.0.0": shown("1.0.0") });
  });

  it("leaves the address out where it is wanted so", () => {
    const options = { ...OPTIONS, young: new Map(), tarballUrl: () => undefined };
    const without = { dist: { integrity: "sha512-x" } };
    expect(viewPackument(Packument.of("thing", RAW), options)["versions"]).toEqual({
      "1.0.0": manifest("1.0.0", without),
      "1.1.0": manifest("1.1.0", without),
    });
  });

  it("leaves a tag where it is when nothing below it has settled", () => {
    const young = new Map([
      ["1.0.0", SETTLES_AT_MS],
      ["1.1.0", SETTLES_AT_MS],
    ]);
    const view = viewPackument(Packument.of("thing", RAW), { ...OPTIONS, young });
    expect(view["dist-tags"]).toEqual(RAW["dist-tags"]);
  });

  it("gives the short form what a resolver needs and nothing else", () => {
    const raw = {
      ...RAW,
      versions: {
        "1.0.0": manifest("1.0.0", {
          scripts: { postinstall: "node a.js" },
          dependencies: { leaf: "1" },
          os: ["linux"],
          _npmUser: { name: "ann" },
        }),
      },
    };
    const options = { ...OPTIONS, abbreviated: true };
    expect(viewPackument(Packument.of("thing", raw), options)).toEqual({
      name: "thing",
      modified: "2026-01-02T01:04:05.000Z",
      "dist-tags": { latest: "1.0.0", next: "1.0.0", old: "1.0.0", lost: "9.9.9" },
      versions: {
        "1.0.0": shown("1.0.0", {
          dependencies: { leaf: "1" },
          os: ["linux"],
          hasInstallScript: true,
        }),
      },
    });
  });

  it("shows no version whose tarball it could not lead to the gate", () => {
    const versions = parseJson(`{
      "1.0.0": {"dist": {"tarball": ["https://registry.invalid/a.tgz"]}},
      "1.0.1": {"dist": "https://registry.invalid/a.tgz"},
      "1.0.2": {},
      "1.0.3": null,
      "1.0.4": "https://registry.invalid/a.tgz",
      "v1.0.5": {"dist": {"tarball": "https://registry.invalid/a.tgz"}},
      "../1.0.6": {"dist": {"tarball": "https://registry.invalid/a.tgz"}},
      "__proto__": {"dist": {"tarball": "https://registry.invalid/a.tgz"}},
      "1.0.7": {"dist": {"\\u0074arball": "https://registry.invalid/a.tgz"}}
    }`);
    const view = viewPackument(Packument.of("thing", { name: "thing", versions }), OPTIONS);
    expect(view["versions"]).toEqual({
      "1.0.7": { dist: { tarball: "http://gate.invalid/1.0.7" } },
    });
  });

  it("lets no tarball address of the registry through, whatever the document holds", () => {
    const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
    const version = fc.constantFrom("1.0.0", "1.1.0", "2.0.0-rc.1", "__proto__", "latest", "");
    const entry = fc.oneof(anything, fc.record({ dist: fc.oneof(anything, dist) }));
    const document = fc.dictionary(version, entry);
    fc.assert(
      fc.property(document, fc.boolean(), (versions, abbreviated) => {
        const packument = Packument.of("thing", {
          name: "thing",
          versions: versions as JsonObject,
        });
        const view = viewPackument(packument, { ...OPTIONS, abbreviated });
        expect(addressesIn(view)).toEqual(
          Object.keys(view["versions"] as JsonObject).map((key) => `http://gate.invalid/${key}`),
        );
      }),
    );
  });
});

const dist = fc.record({ tarball: fc.oneof(fc.webUrl(), fc.jsonValue()) });

function addressesIn(view: JsonObject): readonly unknown[] {
  return Object.values(view["versions"] as JsonObject).map((item) =>
    isJsonObject(item) && isJsonObject(item["dist"]) ? item["dist"]["tarball"] : undefined,
  );
}
