/*
 * Installs packages that build or download while they install, each in a project of its own by
 * `veln npm install` in the sandbox of this machine, and then uses them outside of it. Prints
 * Markdown; ends with 1 when one does not work, or when a host that could not be reached was not named.
 *
 *     npm run bench:sandbox-packages -- [NAME…]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { markdownTable } from "../figures.ts";
import { describe, thisMachine } from "../machine.ts";
import { userEnvironment } from "../user-environment.ts";

interface Case {
  readonly name: string;
  readonly specs: readonly string[];
  readonly what: string;
  /** Has to end with status 0 in the project, once it is installed. */
  readonly check: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  /** Where it downloads from. It works when that was reached, or is named as unreachable. */
  readonly downloads?: string;
}

const FROM_SOURCE = { npm_config_build_from_source: "true" };

const CASES: readonly Case[] = [
  {
    name: "esbuild",
    specs: ["esbuild"],
    what: "replaces its own launcher in postinstall",
    check: `if (require("esbuild").transformSync("let a: 1", { loader: "ts" }).code !== "let a;\\n") throw 1`,
  },
  {
    name: "sharp",
    specs: ["sharp"],
    what: "platform packages with a native library",
    check: `require("sharp")({ create: { width: 4, height: 4, channels: 3, background: "red" } }).png().toBuffer()`,
  },
  {
    name: "better-sqlite3",
    specs: ["better-sqlite3"],
    what: "some 250,000 lines of C compiled by node-gyp",
    environment: FROM_SOURCE,
    check: `const db = new (require("better-sqlite3"))(":memory:"); if (db.prepare("select 1 + 1 as two").get().two !== 2) throw 1`,
  },
  {
    name: "bcrypt",
    specs: ["bcrypt@5"],
    what: "node-pre-gyp asks GitHub, then node-gyp compiles C++",
    downloads: "github.com:443",
    check: `const b = require("bcrypt"); if (!b.compareSync("x", b.hashSync("x", 4))) throw 1`,
  },
  {
    name: "bufferutil",
    specs: ["bufferutil"],
    what: "node-gyp-build told to build",
    environment: FROM_SOURCE,
    check: `require("bufferutil").mask(Buffer.from("abcd"), Buffer.from("abcd"), Buffer.alloc(4), 0, 4)`,
  },
  {
    name: "puppeteer-core",
    specs: ["puppeteer-core"],
    what: "no script",
    check: `if (typeof require("puppeteer-core").launch !== "function") throw 1`,
  },
  {
    name: "husky",
    specs: ["husky"],
    what: "no script of its own; the project's prepare calls it",
    check: `require("child_process").execFileSync("npx", ["--no", "husky", "--help"])`,
  },
  {
    name: "core-js and others",
    specs: ["core-js", "es5-ext", "protobufjs", "unrs-resolver"],
    what: "small postinstall scripts that change nothing",
    check: `require("core-js"); require("protobufjs"); new (require("unrs-resolver").ResolverFactory)()`,
  },
  {
    name: "prisma",
    specs: ["prisma@6", "@prisma/client@6"],
    what: "downloads engines",
    downloads: "binaries.prisma.sh:443",
    check: `require.resolve("@prisma/client/package.json")`,
  },
  {
    name: "cypress",
    specs: ["cypress"],
    what: "downloads an application",
    downloads: "download.cypress.io:443",
    check: `require.resolve("cypress/package.json")`,
  },
];

interface SandboxJson {
  readonly isolation: string | null;
  readonly layers: readonly string[];
  readonly denials: readonly {
    readonly kind: string;
    readonly target: string;
    readonly by: string | null;
    readonly program: string;
  }[];
  readonly downloads: readonly { readonly from: string }[];
  readonly unreachable: readonly string[];
}

const VELN = fileURLToPath(new URL("../../bin/veln.cjs", import.meta.url));
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

const root = mkdtempSync(join(tmpdir(), "veln-bench-packages-"));
const env = {
  ...userEnvironment(),
  XDG_CACHE_HOME: join(root, "cache"),
  XDG_DATA_HOME: join(root, "data"),
};
const named = process.argv.slice(2);
const chosen = CASES.filter(({ name }) => named.length === 0 || named.includes(name));
const layers = new Set<string>();
try {
  const rows = chosen.map((one) => rowOf(one));
  console.log(`${describe(thisMachine())}\nSandbox: ${[...layers].join("; ")}.\n`);
  const head = ["package", "what its installation does", "works", "downloads", "denied"];
  console.log(markdownTable(head, rows));
} finally {
  rmSync(root, { recursive: true, force: true });
}

function rowOf(one: Case): readonly string[] {
  console.error(one.name);
  const project = join(root, one.name.replaceAll(" ", "-"));
  mkdirSync(project);
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "project", version: "1.0.0", scripts: one.scripts ?? {} }),
  );
  const args = [VELN, "--json", "npm", "install", "--no-audit", "--no-fund", ...one.specs];
  const installed = spawnSync(process.execPath, args, {
    cwd: project,
    env: { ...env, ...one.environment },
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const sandbox = sandboxIn(installed.stdout);
  const used = spawnSync("node", ["-e", one.check], { cwd: project, env, encoding: "utf8" });
  const works = installed.status === 0 && used.status === 0 && sandbox?.isolation !== null;
  const way = wayOf(one, sandbox);
  if (!works) console.error(`${installed.stdout}\n${installed.stderr}\n${used.stderr}`);
  if (!works || way === undefined) process.exitCode = 1;
  if (sandbox !== undefined)
    layers.add(`${sandbox.isolation ?? "none"} (${sandbox.layers.join(", ")})`);
  return [
    one.specs.join(" "),
    one.what,
    works ? "yes" : "no",
    way ?? "missing from the report",
    denialsOf(sandbox),
  ];
}

function sandboxIn(stdout: string): SandboxJson | undefined {
  try {
    return (JSON.parse(stdout) as { readonly sandbox?: SandboxJson }).sandbox;
  } catch {
    return undefined;
  }
}

/** What the report says of the download, or undefined when it says nothing. */
function wayOf({ downloads }: Case, sandbox: SandboxJson | undefined): string | undefined {
  if (downloads === undefined) return "–";
  if (sandbox?.downloads.some(({ from }) => from === downloads) === true) return downloads;
  return sandbox?.unreachable.find((sentence) => sentence.startsWith(`${downloads} `));
}

function denialsOf(sandbox: SandboxJson | undefined): string {
  const texts = (sandbox?.denials ?? []).map(
    ({ kind, target, by, program }) =>
      `${kind} ${target.replace(root, "…")} (${[by, program].filter(Boolean).join(", ")})`,
  );
  return texts.length === 0 ? "–" : texts.join("; ");
}
