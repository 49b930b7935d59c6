import { posix } from "node:path";
import * as fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { Failure } from "./failure.ts";
import {
  isExactVersion,
  isPackageName,
  label,
  npmRef,
  parsePurl,
  parseRequest,
  scopeOf,
  toPurl,
  type PackageRef,
} from "./package-ref.ts";

const part = fc.stringMatching(/^[A-Za-z0-9\-~!'()*][A-Za-z0-9\-._~!'()*]{0,20}$/);
const name = fc.oneof(
  part,
  fc.tuple(part, part).map(([scope, own]) => `@${scope}/${own}`),
);
const number = fc.nat(99_999).map(String);
const version = fc
  .tuple(
    number,
    number,
    number,
    fc.stringMatching(/^(-[a-z][a-z0-9]{0,5}(\.[1-9]\d{0,3})?)?$/),
    fc.stringMatching(/^(\+[a-z0-9]{1,5})?$/),
  )
  .map(([major, minor, patch, pre, build]) => `${major}.${minor}.${patch}${pre}${build}`);
const ref = fc.tuple(name, version).map(([name, version]) => npmRef(name, version));

describe("purl", () => {
  it("parses what it prints", () => {
    fc.assert(
      fc.property(ref, (given) => {
        expect(parsePurl(toPurl(given))).toEqual(given);
      }),
    );
  });

  it("has one text for one package: a text with anything altered is another package or none", () => {
    const edit = fc.tuple(fc.nat(60), fc.nat(3), fc.string({ unit: "binary-ascii", maxLength: 3 }));
    fc.assert(
      fc.property(ref, edit, (given, [at, removed, inserted]) => {
        const text = toPurl(given);
        const edited = `${text.slice(0, at)}${inserted}${text.slice(at + removed)}`;
        const parsed = parsePurl(edited);
        expect(parsed === undefined ? edited : toPurl(parsed)).toBe(edited);
      }),
    );
  });

  it.each<[text: string, parsed: PackageRef]>([
    ["pkg:npm/express@5.1.0", npmRef("express", "5.1.0")],
    ["pkg:npm/%40scope/name@1.0.0-rc.1", npmRef("@scope/name", "1.0.0-rc.1")],
    ["pkg:npm/JSONStream@1.0.0%2Bbuild", npmRef("JSONStream", "1.0.0+build")],
    ["pkg:npm/a%21%27%28%29%2A~@1.0.0", npmRef("a!'()*~", "1.0.0")],
  ])("reads and prints %s", (text, parsed) => {
    expect({ parsed: parsePurl(text), text: toPurl(parsed) }).toEqual({ parsed, text });
  });

  it.each([
    "",
    "pkg:npm/express",
    "pkg:npm/express@",
    "pkg:npm/express@latest",
    "pkg:npm/express@v5.1.0",
    "pkg:npm/@scope/name@1.0.0",
    "pkg:npm/%40scope%2Fname@1.0.0",
    "pkg:npm/%40Scope/%6eame@1.0.0",
    "pkg:npm/scope/name@1.0.0",
    "pkg:npm//express@1.0.0",
    "pkg:NPM/express@1.0.0",
    "pkg:pypi/express@1.0.0",
    "pkg:npm/express@1.0.0?arch=x64",
    "pkg:npm/express@1.0.0#lib",
    "pkg:npm/express@1.0.0+build",
    "pkg:npm/express@1.0.0%2bbuild",
    "pkg:npm/..@1.0.0",
    "pkg:npm/%2e%2e@1.0.0",
    "pkg:npm/%40a/..%2fb@1.0.0",
    "pkg:npm/%@1.0.0",
    "pkg:npm/%ff@1.0.0",
    "pkg:npm/express@1.0.0\n",
  ])("takes %j for nothing", (text) => {
    expect(parsePurl(text)).toBeUndefined();
  });
});

describe("isPackageName", () => {
  it.each(["express", "JSONStream", "-", "a.b_c~d", "@scope/name", "@a/-", "x".repeat(214)])(
    "takes %s",
    (text) => {
      expect(isPackageName(text)).toBe(true);
    },
  );

  it.each([
    "",
    ".",
    "..",
    ".hidden",
    "_private",
    "a/b",
    "a\\b",
    "@scope",
    "@/name",
    "@scope/",
    "@scope/..",
    "@../name",
    "@.a/name",
    "@scope/a/b",
    "@@a/b",
    "a@b",
    "a b",
    "a%2fb",
    "a?b",
    "a#b",
    "a:b",
    "naïve",
    "a\n",
    "\u0000",
    "x".repeat(215),
    "__proto__",
  ])("refuses %j", (text) => {
    expect(isPackageName(text)).toBe(false);
  });

  it("takes none that leaves its place in a path or an address", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("@", "/", "\\", ".", "..", "%2e", "%2f", "?", "#", ":", "//", "a", "\n"),
        fc.string({ maxLength: 3 }),
      ),
      { maxLength: 5 },
    );
    const candidate = fc.oneof(
      pieces.map((list) => list.join("")),
      name,
    );
    fc.assert(
      fc.property(candidate.filter(isPackageName), (text) => {
        const depth = text.startsWith("@") ? 2 : 1;
        const address = new URL(text, "https://registry.invalid/base/");
        expect({
          path: posix.join("/root", text),
          segments: text.split("/").length,
          address: address.href,
        }).toEqual({
          path: `/root/${text}`,
          segments: depth,
          address: `https://registry.invalid/base/${text}`,
        });
      }),
    );
  });
});

describe("isExactVersion", () => {
  it("takes nothing that semver throws on or reads otherwise", () => {
    const digits = fc.stringMatching(/^\d{1,20}$/);
    const rough = fc
      .tuple(digits, digits, digits, fc.stringMatching(/^([-+][0-9A-Za-z.-]{0,12})?$/))
      .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
    fc.assert(
      fc.property(fc.oneof(rough, version), (text) => {
        const parsed = semver.parse(text);
        const exact = parsed === null ? undefined : [parsed.version, ...parsed.build];
        const own = text.split("+");
        const expected = [own[0], ...(own[1]?.split(".") ?? [])];
        expect(isExactVersion(text) ? exact : undefined).toEqual(
          isExactVersion(text) ? expected : undefined,
        );
        expect(isExactVersion(text)).toBe(parsed !== null);
      }),
    );
  });

  it.each([
    "",
    "1",
    "1.2",
    "v1.2.3",
    "=1.2.3",
    " 1.2.3",
    "1.2.3 ",
    "01.2.3",
    "1.2.3-01",
    "1.2.3-",
    "1.2.3+",
    "1.2.x",
    "latest",
    "9007199254740992.0.0",
    "99999999999999999999.0.0",
    `1.0.0-${"a".repeat(251)}`,
  ])("refuses %j", (text) => {
    expect(isExactVersion(text)).toBe(false);
  });
});

describe("npmRef", () => {
  it.each([
    ["../x", "1.0.0"],
    ["x", "latest"],
    ["x\u202e", "1.0.0"],
  ])("refuses %j at %j with a printable sentence", (given, at) => {
    const shown = `${given}@${at}`.replace("\u202e", "\\u{202e}");
    expect(() => npmRef(given, at)).toThrow(
      new Failure("bad-metadata", `"${shown}" is not a package.`),
    );
  });

  it("labels and knows scopes", () => {
    expect([label(npmRef("@a/b", "1.0.0")), scopeOf("@a/b"), scopeOf("b")]).toEqual([
      "@a/b@1.0.0",
      "@a",
      undefined,
    ]);
  });
});

describe("parseRequest", () => {
  it.each([
    ["express", { name: "express", selector: "latest" }],
    ["express@5", { name: "express", selector: "5" }],
    ["@scope/name", { name: "@scope/name", selector: "latest" }],
    ["@scope/name@^1.2.0", { name: "@scope/name", selector: "^1.2.0" }],
    ["name@ >=1 <2 ", { name: "name", selector: ">=1 <2" }],
    ["name@next", { name: "name", selector: "next" }],
  ])("reads %s", (text, request) => {
    expect(parseRequest(text)).toEqual(request);
  });

  it.each([
    "",
    "@",
    "express@",
    "express@ ",
    "@scope@1",
    "../x",
    "a/b",
    "git+ssh://a.invalid/b",
    `x@${"1".repeat(257)}`,
  ])("takes %j for nothing", (text) => {
    expect(parseRequest(text)).toBeUndefined();
  });
});
