import fc from "fast-check";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import { Failure, type FailureCode, type FailureDetail } from "../../model/failure.ts";
import { parseLockfile, readLockfile, readLockfileIn } from "./read-lockfile.ts";

interface Refusal {
  readonly code: FailureCode;
  readonly message: string;
  readonly detail: FailureDetail;
}

function refusalOf(path: string, text: string): Refusal | undefined {
  try {
    parseLockfile(path, text);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, detail } = error;
    return { code, message, detail };
  }
}

const V3 = '{"lockfileVersion":3,"packages":';
const NESTED = 300;
const deep = `${'{"a":{"version":"1.0.0","dependencies":'.repeat(NESTED)}{}${"}}".repeat(NESTED)}`;
const manyEntries = Array.from({ length: 200_001 }, (_, index) => `"node_modules/x${index}":{}`);

describe("a lockfile that cannot be used", () => {
  it.each([
    ["package-lock.json", "{\n\n  x", "Expected property name or '}' in JSON at position 5", 3],
    ["package-lock.json", "[]", "it is no JSON object", undefined],
    ["package-lock.json", '{"lockfileVersion":4}', "lockfileVersion is none of 1, 2 and 3"],
    ["package-lock.json", '{"lockfileVersion":3}', 'its "packages" or "dependencies" are no table'],
    ["package-lock.json", `${V3}[]}`, 'its "packages" or "dependencies" are no table'],
    [
      "package-lock.json",
      `${V3}{"node_modules/\\u001b[2J":1}}`,
      String.raw`"node_modules/\u{1b}[2J"`,
    ],
    ["package-lock.json", `{"dependencies":${deep}}`, "its dependencies are nested too deep"],
    ["package-lock.json", `${V3}{${manyEntries.join(",")}}}`, "it has more than 200000 entries"],
    ["npm-shrinkwrap.json", "", "Unexpected end of JSON input"],
    ["pnpm-lock.yaml", "a: 1\nb: [", "unexpected end of the stream within a flow collection", 2],
    ["pnpm-lock.yaml", "a: 1\na: 2\n", "duplicated mapping key", 2],
    ["pnpm-lock.yaml", "a: &x 1\nb: *x\n", "alias", 2],
    ["pnpm-lock.yaml", "[".repeat(100_000), "nesting exceeded maxDepth", 1],
    ["pnpm-lock.yaml", "a: !!js/function x\n", "unknown scalar tag", 1],
    ["pnpm-lock.yaml", "- a\n", "it holds no table"],
    ["pnpm-lock.yaml", "a: 1\n---\nb: 1\n---\nc: 1\n", "it holds too many documents"],
    ["pnpm-lock.yaml", "lockfileVersion: 5.4\n", "lockfileVersion is none from 6.0 to 9.0"],
    ["pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages: x\n", 'its "packages" are no table'],
    ["pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: {}\n", "has no resolution"],
    ["yarn.lock", "a@1:\n  version: 1\n", "it has no __metadata"],
    ["yarn.lock", "__metadata: {}\na: {}\n", 'its entry for "a" has no resolution'],
    ["yarn.lock", "# yarn lockfile v1\n  version x\n", "a line stands below nothing", 2],
    ["yarn.lock", "# yarn lockfile v1\n<<<<<<< HEAD\n", "a line is no list of patterns", 2],
    ["yarn.lock", "# yarn lockfile v1\n\ta@1:\n", "a line is no list of patterns", 2],
    ["yarn.lock", "# yarn lockfile v1\na@1:\n  version\n", "a line is of no known form", 3],
    ["yarn.lock", '# yarn lockfile v1\na@1:\n  version "\\x"\n', "a quoted text is broken", 3],
    ["yarn.lock", "# yarn lockfile v1\na@1:\n  x y\n", "an entry has no version", 2],
    [
      "yarn.lock",
      "# yarn lockfile v1\na@1:\n  version 1\n  version 2\n",
      '"version" is there twice',
      4,
    ],
    ["bun.lock", "{", "in JSON at position 1", 1],
    ["bun.lock", '{"lockfileVersion":1,"packages":[/]}', "Unexpected token '/'"],
    ["bun.lock", '{"lockfileVersion":9}', "lockfileVersion is none of 0, 1 and 2"],
    ["bun.lock", '{"lockfileVersion":1,"packages":[]}', 'its "packages" are no table'],
    [
      "bun.lock",
      '{"lockfileVersion":1,"packages":{"a":[]}}',
      "does not begin with a name and version",
    ],
    ["lock.json", "{}", "it has the name of none: npm-shrinkwrap.json, package-lock.json"],
  ] as const)("names the file: %s %#", (name, text, why, line?: number) => {
    const path = `/p/${name}`;
    const place = line === undefined ? path : `${path}:${String(line)}`;
    const [said = "", ...rest] = (refusalOf(path, text)?.message ?? "").split(
      " cannot be read as a lockfile: ",
    );
    expect([said, rest.join()]).toEqual([place, expect.stringContaining(why)]);
    expect(refusalOf(path, text)).toEqual({
      code: "bad-config",
      message: expect.any(String),
      detail: line === undefined ? { path } : { path, line },
    });
  });

  const pieces = fc.constantFrom(
    ...[
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      "'",
      "\n",
      "  ",
      "- ",
      "? ",
      "#",
      "//",
      "/*",
      "*/",
      "\\",
    ],
    ...[
      "packages",
      "lockfileVersion: '9.0'",
      "# yarn lockfile v1\n",
      "__metadata:",
      "a@1.0.0",
      "1",
    ],
    ...[
      '{"lockfileVersion":3,"packages":',
      "resolution: ",
      "version ",
      "&a ",
      "*a",
      "!!x ",
      "\0",
      "|",
    ],
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((parts) => parts.join("")),
    fc.json(),
  );

  it.each(["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"])(
    "is refused by a Failure, whatever stands in it: %s",
    (name) => {
      fc.assert(
        fc.property(texts, (text) => {
          const refusal = refusalOf(name, text);
          expect(refusal?.code ?? "bad-config").toBe("bad-config");
          // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
          expect(refusal?.message ?? "").not.toMatch(/[\u0000-\u001f\u007f]/);
        }),
        { numRuns: 500 },
      );
    },
  );

  it.each([
    ["commas", ","],
    ["opened comments", ",/*"],
    ["quotes", '"\\'],
    ["brackets", "["],
    ["blanks", ", "],
    ["lines", ",\n"],
  ])("takes no longer than its length: a million %s", { timeout: 10_000 }, (_what, piece) => {
    const text = piece.repeat(1_000_000);
    for (const name of ["package-lock.json", "yarn.lock", "bun.lock", "pnpm-lock.yaml"]) {
      expect(refusalOf(name, text)?.code).toBe("bad-config");
      expect(refusalOf(name, `# yarn lockfile v1\n${text}`)?.code).toBe("bad-config");
    }
  });
});

describe("readLockfileIn", () => {
  const NPM = '{"lockfileVersion":3,"packages":{}}';

  it("prefers npm's to others, its shrinkwrap to its lockfile, and says what it passed over", async () => {
    const folder = temporaryFolder();
    for (const name of ["package-lock.json", "npm-shrinkwrap.json", "bun.lock", "yarn.lock"]) {
      writeFileSync(join(folder, name), NPM);
    }
    const path = join(folder, "npm-shrinkwrap.json");
    expect(await readLockfileIn(folder)).toEqual({
      lockfile: { path, format: "npm", packages: [] },
      passedOver: ["package-lock.json", "yarn.lock", "bun.lock"],
    });
  });

  it("reads a byte order mark as none", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "package-lock.json"), `\uFEFF${NPM}`);
    expect((await readLockfileIn(folder)).lockfile.packages).toEqual([]);
  });

  it("says so where there is none, and what to do about bun's binary one", async () => {
    const folder = temporaryFolder();
    await expect(readLockfileIn(folder)).rejects.toMatchObject({
      code: "usage",
      message: `${folder} has no lockfile (npm-shrinkwrap.json, package-lock.json, pnpm-lock.yaml, yarn.lock, bun.lock).`,
    });
    writeFileSync(join(folder, "bun.lockb"), "");
    await expect(readLockfileIn(folder)).rejects.toMatchObject({
      code: "usage",
      message: `${folder} has bun.lockb alone, which is binary: bun install --save-text-lockfile writes bun.lock.`,
    });
  });

  it("refuses what is no file, no text, or too large", async () => {
    const folder = temporaryFolder();
    const path = (name: string): string => join(folder, name);
    mkdirSync(path("yarn.lock"));
    writeFileSync(path("bun.lock"), Buffer.of(0x22, 0xff, 0x22));
    writeFileSync(path("pnpm-lock.yaml"), "");
    truncateSync(path("pnpm-lock.yaml"), 64 * 1024 * 1024 + 1);
    const refusals = ["yarn.lock", "bun.lock", "pnpm-lock.yaml", "package-lock.json"].map((name) =>
      readLockfile(path(name)).catch((error: unknown) => (error as Failure).message),
    );
    expect(await Promise.all(refusals)).toEqual([
      `${path("yarn.lock")} cannot be read as a lockfile: it is no file.`,
      `${path("bun.lock")} cannot be read as a lockfile: it is not UTF-8.`,
      `${path("pnpm-lock.yaml")} cannot be read as a lockfile: it is larger than 64 MiB.`,
      expect.stringContaining("no such file or directory"),
    ]);
  });
});
