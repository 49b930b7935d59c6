import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine } from "../support/machine.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import { startRegistry } from "../support/registry/registry.ts";

/** An install script that tries these and says on standard error what it saw; it fails at nothing. */
function trying(attempts: Readonly<Record<string, string>>): string {
  const tries = Object.entries(attempts).map(
    ([name, code]) => `await attempt(${JSON.stringify(name)}, async () => { ${code} });`,
  );
  return `
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const seen = {};
async function attempt(name, work) {
  try { seen[name] = String(await work()); } catch (error) { seen[name] = error.code ?? error.message; }
}
(async () => {
  ${tries.join("\n  ")}
  fs.writeFileSync(path.join(process.env.INIT_CWD, "seen.json"), JSON.stringify(seen));
})();
`;
}

const REACH = (host: string, port: string): string =>
  `return new Promise((resolve) => { const socket = net.connect({ host: "${host}", port: ${port} }, () => { socket.destroy(); resolve("connected"); }); socket.on("error", (error) => resolve(error.code)); })`;

function thief(homeOfVictim: string, port: string): FixturePackage {
  const script = trying({
    key: `return fs.readFileSync("${homeOfVictim}/.ssh/id_ed25519", "utf8")`,
    npmrc: `return /sesame/.test(fs.readFileSync("${homeOfVictim}/.npmrc", "utf8"))`,
    home: `return fs.readdirSync("${homeOfVictim}").filter((name) => !name.startsWith(".npm") && name !== ".cache")`,
    variable: `return process.env.DEPLOY_TOKEN`,
    profile: `fs.appendFileSync("${homeOfVictim}/.bashrc", "echo stolen\\n"); return "written"`,
    outside: `fs.writeFileSync("${homeOfVictim}/../outside.txt", "x"); return "written"`,
    hook: `fs.writeFileSync(path.join(process.env.INIT_CWD, ".git/hooks/post-commit"), "x"); return "written"`,
    workflow: `fs.mkdirSync(path.join(process.env.INIT_CWD, ".github/workflows"), { recursive: true }); return "written"`,
    elsewhere: REACH("127.0.0.1", port),
  });
  return {
    name: "thief",
    versions: {
      "1.0.0": {
        manifest: { scripts: { postinstall: "node steal.js" } },
        files: { "steal.js": script },
      },
    },
  };
}

function plant(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

describe("an install script", { timeout: 90_000 }, () => {
  it("reads no credential, changes nothing of the person's and reaches nobody; the summary says so", async () => {
    const registry = await startRegistry();
    const machine = await createMachine(registry, {
      npmrc: ["//npm.corp.invalid/:_authToken=sesame"],
      env: { DEPLOY_TOKEN: "sesame" },
      manifest: { allowScripts: { thief: true } },
    });
    const { home } = machine;
    plant(join(home, ".ssh", "id_ed25519"), "sesame");
    plant(join(home, ".bashrc"), "");
    plant(join(machine.project, ".git", "hooks", "pre-commit.sample"), "");
    registry.add(thief(home, new URL(registry.url).port));
    const run = await machine.veln("npm", "install", "thief");
    expect(JSON.parse(machine.read("seen.json"))).toEqual({
      key: "ENOENT",
      npmrc: "false",
      home: "",
      variable: "undefined",
      profile: "written",
      outside: "written",
      hook: "EROFS",
      workflow: expect.stringMatching(/^(?:ENOENT|EROFS)$/) as string,
      elsewhere: "ECONNREFUSED",
    });
    // What was written outside went into folders of the room, and with it.
    expect([
      readFileSync(join(home, ".bashrc"), "utf8"),
      existsSync(join(home, "..", "outside.txt")),
      machine.tree(".git"),
      machine.has(".github"),
    ]).toEqual(["", false, { "hooks/pre-commit.sample": expect.any(String) as string }, false]);
    const said = run.stderr.replaceAll(/\s+/g, " ");
    for (const line of [
      "thief@1.0.0 wanted to read ~/.ssh/id_ed25519 ",
      'if that is honest: [sandbox] read = ["~/.ssh/id_ed25519"]',
      'if that is honest: [sandbox] unguarded = [".git/hooks"]',
      'if that is honest: [sandbox] unguarded = [".github"]',
      `thief@1.0.0 wanted to reach 127.0.0.1:${new URL(registry.url).port} `,
    ]) {
      expect(said).toContain(line);
    }
    expect(run.code).toBe(0);
  });
});
