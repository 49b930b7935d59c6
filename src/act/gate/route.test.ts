import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isExactVersion, isPackageName } from "../../model/package-ref.ts";
import { parseRoute, tarballPath, type Route } from "./route.ts";

const tarball = (name: string, version: string): Route => ({
  kind: "tarball",
  ref: { ecosystem: "npm", name, version },
});
const UNRECOGNISED: Route = { kind: "unrecognised" };

describe("parseRoute", () => {
  it.each<readonly [target: string, route: Route]>([
    ["/express", { kind: "packument", name: "express" }],
    ["/express/", { kind: "packument", name: "express" }],
    ["/express?write=true", { kind: "packument", name: "express" }],
    ["/@team%2ftool", { kind: "packument", name: "@team/tool" }],
    ["/@team%2Ftool", { kind: "packument", name: "@team/tool" }],
    ["/%40team%2ftool", { kind: "packument", name: "@team/tool" }],
    ["/@team/tool", { kind: "packument", name: "@team/tool" }],
    ["/express/5.0.0", { kind: "version", name: "express", selector: "5.0.0" }],
    ["/@team/tool/latest", { kind: "version", name: "@team/tool", selector: "latest" }],
    ["/express/-/express-5.0.0.tgz", tarball("express", "5.0.0")],
    ["/express/-/express-5.0.0.tgz?x=1#y", tarball("express", "5.0.0")],
    ["/@team/tool/-/tool-1.0.0.tgz", tarball("@team/tool", "1.0.0")],
    ["/@team%2ftool/-/tool-1.0.0.tgz", tarball("@team/tool", "1.0.0")],
    ["/@team/tool/-/@team/tool-1.0.0.tgz", tarball("@team/tool", "1.0.0")],
    ["/some/mirror/npm/express/-/express-5.0.0.tgz", tarball("express", "5.0.0")],
    ["/mirror/@team/tool/-/tool-1.0.0.tgz", tarball("@team/tool", "1.0.0")],
    ["/a/-/a-1.0.0-b-2.0.0.tgz", tarball("a", "1.0.0-b-2.0.0")],
    ["/-/ping", { kind: "service", name: undefined }],
    ["/-/npm/v1/security/advisories/bulk", { kind: "service", name: undefined }],
    ["/-/package/express/dist-tags", { kind: "service", name: "express" }],
    ["/-/package/@team%2ftool/dist-tags/next", { kind: "service", name: "@team/tool" }],
    ["/", UNRECOGNISED],
    ["", UNRECOGNISED],
    ["/../etc/passwd", UNRECOGNISED],
    ["/a/../b", UNRECOGNISED],
    ["/a/%2e%2e/b", UNRECOGNISED],
    ["/a//b", UNRECOGNISED],
    ["/a%5cb", UNRECOGNISED],
    ["/a%00", UNRECOGNISED],
    ["/a%0d%0ab", UNRECOGNISED],
    ["/%", UNRECOGNISED],
    ["/.hidden", UNRECOGNISED],
    ["/@team", UNRECOGNISED],
    ["/express/5.0.0/more", UNRECOGNISED],
    ["/express/-", UNRECOGNISED],
    ["/express/-/express-5.0.0.zip", UNRECOGNISED],
    ["/express/-/other-5.0.0.tgz", UNRECOGNISED],
    ["/express/-/express-latest.tgz", UNRECOGNISED],
    ["/owner/repository/tar.gz/main", UNRECOGNISED],
    ["http://other.invalid/express", UNRECOGNISED],
    ["//other.invalid/express", UNRECOGNISED],
    ["*", UNRECOGNISED],
  ])("reads GET %s", (target, route) => {
    expect([parseRoute("GET", target), parseRoute("HEAD", target)]).toEqual([route, route]);
  });

  it.each<readonly [method: string, target: string, route: Route]>([
    ["PUT", "/express", { kind: "service", name: "express" }],
    ["PUT", "/@team%2ftool", { kind: "service", name: "@team/tool" }],
    ["DELETE", "/express/-rev/1-a", { kind: "service", name: "express" }],
    ["POST", "/-/npm/v1/security/audits", { kind: "service", name: undefined }],
    ["PUT", "/a/../b", UNRECOGNISED],
    ["CONNECT", "other.invalid:443", UNRECOGNISED],
  ])("reads %s %s", (method, target, route) => {
    expect(parseRoute(method, target)).toEqual(route);
  });

  it("reads back the address under which the gate itself names a tarball", () => {
    fc.assert(
      fc.property(NAME, VERSION, (name, version) => {
        const ref = { ecosystem: "npm", name, version } as const;
        expect(parseRoute("GET", tarballPath(ref))).toEqual({ kind: "tarball", ref });
      }),
    );
  });

  it("names a package that can be judged, or nothing, whatever it is asked", () => {
    fc.assert(
      fc.property(TARGET, (target) => {
        expect(isJudgeable(parseRoute("GET", target))).toBe(true);
      }),
    );
  });
});

function isJudgeable(route: Route): boolean {
  if (route.kind === "tarball") {
    return isPackageName(route.ref.name) && isExactVersion(route.ref.version);
  }
  return !("name" in route) || route.name === undefined || isPackageName(route.name);
}

const PART = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,12}$/);
const NAME = fc.oneof(
  PART,
  fc.tuple(PART, PART).map(([scope, base]) => `@${scope}/${base}`),
);
const NUMBER = fc.nat({ max: 99 });
const VERSION = fc
  .tuple(NUMBER, NUMBER, NUMBER, fc.constantFrom("", "-rc.1", "-a-b.0", "+build.5", "-0.x+y"))
  .map(([major, minor, patch, rest]) => `${[major, minor, patch].join(".")}${rest}`);
const TARGET = fc.oneof(
  fc.string(),
  fc
    .array(fc.constantFrom("@a", "b", "-", "..", ".", "", "b-1.0.0.tgz", "%2f", "%2e", "%00", "?"))
    .map((parts) => `/${parts.join("/")}`),
);
