import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** ARCHITECTURE.md, "Who may import whom". A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "src/model": [],
  "src/platform": ["src/model"],
  "src/acquire": ["src/model", "src/platform"],
  "src/examine": ["src/model"],
  "src/examine/examine.ts": ["src/model", "src/platform/workers.ts"],
  "src/examine/in-thread.ts": ["src/model", "src/platform/workers.ts"],
  "src/examine/compare.ts": ["src/model", "src/platform/workers.ts"],
  "src/examine/diff.worker.ts": ["src/model", "src/platform/workers.ts"],
  "src/examine/examine.worker.ts": ["src/model", "src/platform/workers.ts"],
  "src/judge": ["src/model"],
  "src/store": ["src/model", "src/platform"],
  "src/log": ["src/model", "src/platform"],
  "src/provenance": ["src/model", "src/platform", "src/log"],
  "src/act/gate": ["src/model", "src/platform", "src/acquire"],
  "src/act/sandbox": ["src/model", "src/platform"],
  "src/act/report": ["src/model", "src/act/sandbox/room.ts"],
  "src/check.ts": [
    "src/model",
    "src/platform/clock.ts",
    "src/platform/gauge.ts",
    "src/acquire",
    "src/provenance",
    "src/examine",
    "src/judge",
  ],
  "src/cli": ["src"],
};

/** What `examine` and `judge` may take from Node: nothing that reaches disk, network or clock. */
const PURE = ["src/model", "src/judge", "src/examine"];
const PURE_BUILTINS = new Set(["node:buffer", "node:crypto", "node:path/posix", "node:util"]);

const FUNCTION_LINES_MAX = 70;

const sources = globSync("src/**/*.ts", { cwd: ROOT })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => !/\/(guilty|innocent)\//.test(path))
  .filter((path) => !path.endsWith(".test.ts"));

function importsOf(path: string): readonly string[] {
  const parsed = parseSync(path, readFileSync(join(ROOT, path), "utf8"));
  return [
    ...parsed.module.staticImports.map((item) => item.moduleRequest.value),
    ...parsed.module.staticExports.flatMap((item) =>
      item.entries.flatMap((entry) =>
        entry.moduleRequest === null ? [] : [entry.moduleRequest.value],
      ),
    ),
  ];
}

function ownerOf(path: string): string {
  const owners = Object.keys(MAY_IMPORT).filter(
    (key) => path === key || path.startsWith(`${key}/`),
  );
  return owners.sort((a, b) => b.length - a.length)[0] ?? "";
}

function isAllowed(path: string, target: string): boolean {
  const folder = ownerOf(path).replace(/\/[^/]+\.ts$/, "");
  return [folder, ...(MAY_IMPORT[ownerOf(path)] ?? [])].some(
    (allowed) => target === allowed || target.startsWith(`${allowed}/`),
  );
}

describe("architecture", () => {
  it("reads the sources", () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(importsOf("src/acquire/packument.ts")).toContain("../model/failure.ts");
  });

  it("gives every source file an owner in the import table", () => {
    expect(sources.filter((path) => ownerOf(path) === "")).toEqual([]);
  });

  it("lets no folder import what the table does not allow", () => {
    const violations = sources.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) =>
          normalize(join(dirname(path), specifier))
            .split(sep)
            .join("/"),
        )
        .filter((target) => !isAllowed(path, target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(violations).toEqual([]);
  });

  it("keeps disk, network and clock out of the pure folders", () => {
    const violations = sources
      .filter((path) => PURE.some((folder) => path.startsWith(`${folder}/`)))
      .flatMap((path) =>
        importsOf(path)
          .filter((specifier) => specifier.startsWith("node:") && !PURE_BUILTINS.has(specifier))
          .map((specifier) => `${path} imports ${specifier}`),
      );
    expect(violations).toEqual([]);
  });

  it("has no folder for leftovers", () => {
    const folders = sources.flatMap((path) => dirname(path).split("/"));
    expect(
      folders.filter((name) => ["utils", "util", "helpers", "common", "misc"].includes(name)),
    ).toEqual([]);
  });

  it(`keeps functions under ${String(FUNCTION_LINES_MAX)} lines`, () => {
    const long = sources.flatMap((path) =>
      functionsOf(path)
        .filter((item) => item.lines > FUNCTION_LINES_MAX)
        .map((item) => `${path}:${String(item.line)} has ${String(item.lines)} lines`),
    );
    expect(long).toEqual([]);
  });
});

function functionsOf(path: string): readonly { line: number; lines: number }[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const found: { line: number; lines: number }[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { type, start, end } = node as { type?: string; start?: number; end?: number };
    if (type !== undefined && /Function/.test(type) && start !== undefined && end !== undefined) {
      const line = text.slice(0, start).split("\n").length;
      found.push({ line, lines: text.slice(start, end).split("\n").length });
    }
    Object.values(node).forEach(visit);
  };
  visit(parseSync(path, text).program.body);
  return found;
}
