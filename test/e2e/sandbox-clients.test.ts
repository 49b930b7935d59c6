import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TestClient } from "../support/clients.ts";
import { BUILDER, reaching, running, trying } from "../support/install-scripts.ts";
import { createMachine, velnCommand, type Machine } from "../support/machine.ts";
import { startRegistry, type FixtureRegistry } from "../support/registry/registry.ts";

const SECRET = "0f1e2d-sesame";

/** Tries what every package manager has to keep it from. */
function thief(home: string, port: string) {
  return running(
    "thief",
    trying({
      key: `return fs.readFileSync("${home}/.ssh/id_ed25519", "utf8")`,
      settings: `return [".npmrc", ".yarnrc.yml", ".bunfig.toml"].some((name) => fs.existsSync("${home}/" + name) && fs.readFileSync("${home}/" + name, "utf8").includes("${SECRET}"))`,
      variables: `return JSON.stringify(process.env).includes("${SECRET}")`,
      workflow: `fs.writeFileSync(path.join(project, ".github/x.yml"), "x"); return "written"`,
      elsewhere: reaching("127.0.0.1", port),
    }),
  );
}

const CLIENTS: readonly (readonly [client: TestClient, program: string])[] = [
  ["pnpm-10", "pnpm"],
  ["pnpm-12", "pnpm"],
  ["yarn", "yarn"],
  ["berry", "yarn"],
  ["bun", "bun"],
];

async function machineOf(client: TestClient, registry: FixtureRegistry): Promise<Machine> {
  const machine = await createMachine(registry, {
    client,
    // Lens sees what the thief does, and would hold it.
    policy: "[signals.source-is-suspicious]\nignore = true\n",
    npmrc: [`//npm.corp.invalid/:_authToken=${SECRET}`],
    env: { NPM_TOKEN: SECRET },
    manifest: {
      dependencies: { thief: "1.0.0", builder: "1.0.0" },
      trustedDependencies: ["thief", "builder"],
      pnpm: { onlyBuiltDependencies: ["thief", "builder"] },
    },
  });
  const { home } = machine;
  mkdirSync(join(home, ".ssh"));
  writeFileSync(join(home, ".ssh", "id_ed25519"), SECRET);
  writeFileSync(join(home, ".bunfig.toml"), `[install.cache]\n# token = "${SECRET}"\n`);
  if (client === "pnpm-12") {
    machine.write("pnpm-workspace.yaml", "allowBuilds:\n  thief: true\n  builder: true\n");
  }
  if (client === "berry") {
    const lines = [
      `npmRegistryServer: "${registry.url}"`,
      "unsafeHttpWhitelist: [localhost]",
      "nodeLinker: node-modules",
      "enableTelemetry: false",
      "enableScripts: true",
      "npmMinimalAgeGate: 0",
      'npmAuthToken: "${NPM_TOKEN}"',
    ];
    machine.write(".yarnrc.yml", `${lines.join("\n")}\n`);
    machine.write("yarn.lock", "");
  }
  registry.add(thief(home, new URL(registry.url).port));
  registry.add(BUILDER);
  return machine;
}

describe.each(CLIENTS)("%s", { timeout: 90_000 }, (client, program) => {
  it("runs install scripts in the sandbox: honest ones build, thieves get nothing", async () => {
    const registry = await startRegistry();
    const machine = await machineOf(client, registry);
    const run = await machine.veln(program, "install");
    expect(run.stderr).toContain("thief@1.0.0 wanted to read ~/.ssh/id_ed25519");
    expect(run.code).toBe(0);
    expect(JSON.parse(machine.read("seen.json"))).toEqual({
      key: "ENOENT",
      settings: "false",
      variables: "false",
      workflow: "EROFS",
      elsewhere: "ECONNREFUSED",
    });
    expect(machine.has("node_modules/builder/build/Release/answer.node")).toBe(true);
    expect(machine.has(".github")).toBe(false);
  });
});

const LEAF = { name: "leaf", versions: { "1.0.0": {} } };

describe("npm", { timeout: 90_000 }, () => {
  it("builds workspaces, from a folder below, and lets a script change its own workspace", async () => {
    const registry = await startRegistry({ packages: [BUILDER] });
    const machine = await createMachine(registry, {
      manifest: { workspaces: ["packages/*"], allowScripts: { builder: true } },
    });
    machine.write("packages/app/package.json", {
      name: "app",
      version: "1.0.0",
      dependencies: { builder: "1.0.0" },
      scripts: {
        prepare: "node -e \"fs.writeFileSync('built.txt', fs.readdirSync('..').join())\"",
      },
    });
    machine.write("packages/lib/package.json", { name: "lib", version: "1.0.0" });
    const { ended } = machine.start([
      "sh",
      "-c",
      'cd packages/app && exec "$0" "$@"',
      ...velnCommand("npm", "install", "--foreground-scripts"),
    ]);
    const run = await ended;
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining("denied") });
    expect(machine.has("node_modules/builder/build/Release/answer.node")).toBe(true);
    expect(machine.read("packages/app/built.txt")).toBe("app,lib");
  });

  it("prepares a git dependency that the policy allows", async () => {
    const registry = await startRegistry({ packages: [LEAF] });
    const machine = await createMachine(registry, { policy: '[dependencies]\ngit = "allow"\n' });
    machine.write("vendor/tool/package.json", {
      name: "tool",
      version: "1.0.0",
      devDependencies: { leaf: "1.0.0" },
      scripts: {
        prepare: "node -e \"fs.copyFileSync('node_modules/leaf/package.json', 'made.json')\"",
      },
    });
    const repository = join(machine.project, "vendor", "tool");
    const git = (...args: readonly string[]): Buffer =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t.invalid", ...args], {
        cwd: repository,
        stdio: "pipe",
      });
    git("init", "--quiet");
    git("add", "package.json");
    git("commit", "--quiet", "--message", "first");
    const run = await machine.veln("npm", "install", `git+file://${repository}`);
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining("denied") });
    expect(machine.has("node_modules/tool/made.json")).toBe(true);
  });

  it("sandboxes what a script of the project's own installs through veln", async () => {
    const registry = await startRegistry({ packages: [LEAF] });
    const command = velnCommand("npm", "install", "leaf").map((word) => JSON.stringify(word));
    const machine = await createMachine(registry, {
      npmrc: ["loglevel=error"],
      manifest: { scripts: { setup: `cat ~/.npmrc > seen.txt && ${command.join(" ")}` } },
    });
    const run = await machine.veln("npm", "run", "setup");
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("Veln examined 1 package");
    expect(run.stderr.match(/Scripts ran in a sandbox/g)).toHaveLength(1);
    expect(machine.read("seen.txt")).toContain("loglevel=error");
    expect(machine.has("node_modules/leaf/package.json")).toBe(true);
  });

  it("changes the folder of global packages alone for a global install", async () => {
    const registry = await startRegistry({ packages: [LEAF, BUILDER] });
    const machine = await createMachine(registry);
    const prefix = join(machine.home, "prefix");
    for (const path of ["lib/node_modules/older/package.json", "bin/own-program"]) {
      mkdirSync(join(prefix, path, ".."), { recursive: true });
      writeFileSync(join(prefix, path), "{}");
    }
    const args = ["install", "--global", "leaf", `--prefix=${prefix}`];
    const run = await machine.veln("npm", ...args);
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining("denied") });
    expect(readFileSync(join(prefix, "lib/node_modules/leaf/package.json"), "utf8")).toContain(
      "leaf",
    );
    expect(readFileSync(join(prefix, "bin/own-program"), "utf8")).toBe("{}");
    expect(machine.has("node_modules")).toBe(false);
  });
});
