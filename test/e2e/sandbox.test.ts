import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine } from "../support/machine.ts";
import { reaching, running, trying } from "../support/install-scripts.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import { startRegistry } from "../support/registry/registry.ts";

function thief(home: string, port: string): FixturePackage {
  const attempts = {
    key: `return fs.readFileSync("${home}/.ssh/id_ed25519", "utf8")`,
    npmrc: `return fs.readFileSync("${home}/.npmrc", "utf8").includes("sesame")`,
    ofProject: `return fs.readFileSync(path.join(project, ".npmrc"), "utf8").includes("sesame")`,
    home: `return fs.readdirSync("${home}").filter((name) => ![".npmrc", ".cache", ".npm"].includes(name))`,
    variable: `return process.env.DEPLOY_TOKEN`,
    profile: `fs.appendFileSync("${home}/.bashrc", "echo stolen\\n"); return "written"`,
    outside: `fs.writeFileSync("${home}/../outside.txt", "x"); return "written"`,
    hook: `fs.writeFileSync(path.join(project, ".git/hooks/post-commit"), "x"); return "written"`,
    workflow: `fs.mkdirSync(path.join(project, ".github/workflows"), { recursive: true }); return "written"`,
    elsewhere: reaching("127.0.0.1", port),
    publishing: `const url = process.env.npm_config_registry ?? process.env.YARN_NPM_REGISTRY_SERVER; return (await fetch(new URL("thief", url), { method: "PUT", body: "{}", headers: { authorization: fs.readFileSync(process.env.npm_config_userconfig, "utf8").match(/_authToken=(.*)/)?.[1].replace(/^/, "Bearer ") } })).status`,
  };
  return running("thief", trying(attempts));
}

/** Lens sees what it does, and would hold it. */
const LET_THROUGH = "[signals.source-is-suspicious]\nignore = true\n";

function plant(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

describe("an install script", { timeout: 90_000 }, () => {
  it("gets no credential, changes nothing and reaches nobody; the summary says so", async () => {
    const registry = await startRegistry();
    const machine = await createMachine(registry, {
      policy: LET_THROUGH,
      npmrc: ["//npm.corp.invalid/:_authToken=sesame"],
      env: { DEPLOY_TOKEN: "sesame" },
      manifest: { allowScripts: { thief: true } },
    });
    const { home } = machine;
    plant(join(home, ".ssh", "id_ed25519"), "sesame");
    plant(join(home, ".bashrc"), "");
    plant(join(machine.project, ".git", "hooks", "pre-commit.sample"), "");
    machine.write(".npmrc", "//npm.corp.invalid/:_authToken=sesame\n");
    registry.add(thief(home, new URL(registry.url).port));
    const run = await machine.veln("npm", "install", "thief");
    expect(JSON.parse(machine.read("seen.json"))).toEqual({
      key: "ENOENT",
      npmrc: "false",
      ofProject: "false",
      home: "",
      variable: "undefined",
      profile: "written",
      outside: "written",
      hook: "EROFS",
      workflow: expect.stringMatching(/^(?:ENOENT|EROFS)$/) as string,
      elsewhere: "ECONNREFUSED",
      publishing: "403",
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
    expect(said).toContain("a script wanted this done with your account: PUT /thief");
    expect(registry.requests.filter(({ method }) => method === "PUT")).toEqual([]);
    expect(run.code).toBe(1);
  });

  it.each([
    ["the policy says so", '[sandbox]\nmode = "off"\n', ["npm", "install", "thief"]],
    ["the command line does", "", ["run", "--no-sandbox", "--", "npm", "install", "thief"]],
  ])(
    "runs with the person's own rights where %s, and the summary says it",
    async (_why, policy, args) => {
      const registry = await startRegistry();
      const machine = await createMachine(registry, {
        policy: `${LET_THROUGH}${policy}`,
        manifest: { allowScripts: { thief: true } },
      });
      plant(join(machine.home, ".ssh", "id_ed25519"), "sesame");
      plant(join(machine.home, ".bashrc"), "");
      mkdirSync(join(machine.project, ".git", "hooks"), { recursive: true });
      machine.write(".npmrc", "");
      registry.add(thief(machine.home, new URL(registry.url).port));
      const run = await machine.veln(...args);
      expect(JSON.parse(machine.read("seen.json"))).toMatchObject({
        key: "sesame",
        profile: "written",
        hook: "written",
        workflow: "written",
        elsewhere: "connected",
      });
      expect(run.stderr).toContain("Scripts ran with your own rights, in no sandbox");
    },
  );
});
