import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  auditedProject,
  boxVersion,
  lockedEntry,
  npmCachePathOf,
  policyFor,
  type AuditedProject,
} from "../../test/support/audited-project.ts";
import type { FixtureVersion } from "../../test/support/registry/packages.ts";
import type { JsonObject } from "../model/canonical.ts";
import { systemFiles } from "../platform/files.ts";
import { openStore } from "../store/store.ts";

const WIDGET = boxVersion("widget", "1.0.0");
const LOCKED = { "node_modules/widget": lockedEntry("1.0.0", WIDGET.integrity) };

function widgets(
  version: FixtureVersion = WIDGET,
  locked: JsonObject = LOCKED,
): Promise<AuditedProject> {
  return auditedProject({ widget: { "1.0.0": version } }, locked);
}

interface Report {
  readonly packages: readonly (JsonObject & { readonly artifact: JsonObject })[];
  readonly summary: JsonObject;
}

async function audited(
  project: AuditedProject,
  ...args: readonly string[]
): Promise<Report & { readonly code: number }> {
  const { code, printed, said } = await project.audit("--json", ...args);
  expect(said).toBe("");
  return { code, ...(JSON.parse(printed) as Report) };
}

/** The parts of the one package's row that are named, with exit status. */
async function rowOf(
  project: AuditedProject,
  parts: readonly string[],
  ...args: readonly string[]
): Promise<JsonObject> {
  const { code, packages } = await audited(project, ...args);
  const [row] = packages;
  return { code, ...Object.fromEntries(parts.map((part) => [part, row?.[part] ?? null])) };
}

const unknown = (why: string): JsonObject => ({ state: "unknown", why });
const ABSENT = { state: "absent" };
const other = (why: string): JsonObject => ({
  state: "failed",
  step: "artifact",
  cause: "false",
  why,
});

const ATTESTATIONS = "/-/npm/v1/attestations/widget@1.0.0";
const EVIDENCE = ["state", "registrySignature", "publish", "provenance"];

describe("an audit whose registry is in trouble", () => {
  it("says what the attestations' address answered, and keeps the rest", async () => {
    const project = await widgets();
    project.registry.misbehave(ATTESTATIONS, { status: 500 });
    const host = new URL(project.registry.url).host;
    const why = unknown(`${host} answered 500 for http://${host}${ATTESTATIONS}.`);
    expect(await rowOf(project, EVIDENCE)).toEqual({
      code: 0,
      state: "unknown",
      registrySignature: { state: "verified", keyId: expect.any(String) },
      publish: why,
      provenance: why,
    });
  });

  it.each([
    [["--require", "signed"], 69],
    [["--require", "verified"], 69],
    [[], 0],
  ])("ends with %j as the policy has it for what is unknown", async (args, code) => {
    const project = await widgets();
    project.registry.misbehave(ATTESTATIONS, { status: 500 });
    expect((await project.audit(...args)).code).toBe(code);
  });

  it.each([
    [
      "answers 503",
      { status: 503 },
      (host: string) => `${host} answered 503 for http://${host}/widget.`,
    ],
    ["hangs", { delayMs: 60_000 }, (host: string) => `${host} did not answer in time.`],
  ])("knows nothing of a package of a registry that %s", async (_what, fault, sentence) => {
    const project = await widgets();
    project.write(".npmrc", `registry=${project.registry.url}\nfetch-timeout=200\n`);
    project.registry.misbehave("/widget", fault);
    const why = unknown(sentence(new URL(project.registry.url).host));
    expect(await rowOf(project, [...EVIDENCE, "artifact", "downgrade"])).toEqual({
      code: 0,
      state: "unknown",
      registrySignature: why,
      publish: why,
      provenance: why,
      artifact: { state: "unknown", lockfile: why, tarball: ABSENT, installed: ABSENT },
      downgrade: why,
    });
  });

  it("takes no document of 10 MB", async () => {
    const attestations = JSON.stringify({ attestations: [], more: "x".repeat(10_000_000) });
    const project = await widgets({
      ...WIDGET,
      origin: (...args) => ({ ...WIDGET.origin?.(...args), attestations }),
    });
    const host = new URL(project.registry.url).host;
    const why = unknown(`The answer from ${host} is larger than Veln accepts.`);
    expect(await rowOf(project, ["state", "publish", "provenance"])).toEqual({
      code: 0,
      state: "unknown",
      publish: why,
      provenance: why,
    });
  });

  it.each([
    ["of this name", "gadget", "1.0.0", "The registry has no package of this name."],
    ["of this number", "widget", "1.0.1", "The registry has no such version."],
  ])("knows nothing of what the registry does not have: no version %s", async (...given) => {
    const [, name, version, why] = given;
    const project = await widgets(WIDGET, {
      [`node_modules/${name}`]: lockedEntry(version, WIDGET.integrity),
    });
    expect(await rowOf(project, ["state", "provenance"])).toEqual({
      code: 0,
      state: "unknown",
      provenance: unknown(why),
    });
  });

  const many = Array.from({ length: 400 }, (_, index) => `package-${String(index)}`);
  const lockedMany = Object.fromEntries(
    many.map((name) => [`node_modules/${name}`, lockedEntry("1.0.0", WIDGET.integrity)]),
  );

  it("finds out once that a registry leaves out all evidence, and asks for none of it", async () => {
    const bare: FixtureVersion = { tarball: WIDGET.tarball };
    const packages = Object.fromEntries(many.map((name) => [name, { "1.0.0": bare }]));
    const project = await auditedProject(packages, lockedMany);
    const { code, packages: rows, summary } = await audited(project);
    const whys = new Set(rows.map(({ provenance }) => JSON.stringify(provenance)));
    expect({ code, summary, whys: [...whys] }).toEqual({
      code: 0,
      summary: { failed: 0, unknown: 400, absent: 0, verified: 0, outside: 0 },
      whys: [JSON.stringify(unknown("the registry leaves out signatures and attestations"))],
    });
    expect(project.registry.requests.length).toBe(400);
  });

  it.each([
    ["answers 500", { status: 500 }],
    ["did not answer", { delayMs: 60_000 }],
  ])("stops asking a registry that %s", async (what, fault) => {
    const project = await auditedProject({}, lockedMany);
    project.write(".npmrc", `registry=${project.registry.url}\nfetch-timeout=200\n`);
    for (const name of many) project.registry.misbehave(`/${name}`, fault);
    const { code, packages, summary } = await audited(project);
    const said = `${new URL(project.registry.url).host} ${what.replace("answers", "answered")}`;
    expect({ code, summary, last: packages.at(-1)?.["provenance"] }).toEqual({
      code: 0,
      summary: { failed: 0, unknown: 400, absent: 0, verified: 0, outside: 0 },
      last: unknown(`${said} 8 times in a row and was not asked again.`),
    });
    // Sixteen were under way at once, and each was asked for twice.
    expect(project.registry.requests.length).toBeLessThanOrEqual(64);
  });

  it("has time for so much, and says what was left", async () => {
    const project = await widgets();
    project.registry.misbehave("/widget", { delayMs: 60_000 });
    const { code, said, printed } = await project.auditOnTerminal("--timeout", "2s");
    expect([code, printed]).toEqual([
      0,
      expect.stringContaining(
        "  The audit had no time left (--timeout) (1 package): widget@1.0.0\n",
      ),
    ]);
    expect(said).toContain("veln: 0 examined, 1 waiting, 1 s");
    expect(said.endsWith("\u001b[2K")).toBe(true);
  });
});

describe("an audit without the network", () => {
  it("knows at once that it knows nothing", async () => {
    const project = await widgets();
    const why = unknown("Veln is offline, and this is not in its cache.");
    expect(await rowOf(project, EVIDENCE, "--offline")).toEqual({
      code: 0,
      state: "unknown",
      registrySignature: why,
      publish: why,
      provenance: why,
    });
    expect(project.registry.requests).toEqual([]);
  });

  it("verifies what its caches hold", async () => {
    const project = await widgets();
    const { packages } = await audited(project);
    const before = project.registry.requests.length;
    const offline = await audited(project, "--offline");
    expect([offline.packages, project.registry.requests.length]).toEqual([packages, before]);
    expect(packages.map(({ state }) => state)).toEqual(["verified"]);
  });
});

describe("what an audit compares the evidence with", () => {
  const artifactOf = async (project: AuditedProject): Promise<JsonObject> =>
    rowOf(project, ["state", "artifact"]);
  const LOCKFILE = { state: "verified", algorithm: "sha512" };

  it("compares name and version of what is installed", async () => {
    const project = await widgets();
    project.write("node_modules/widget/package.json", { name: "widget", version: "1.0.0" });
    const installed = { state: "verified", folders: 1 };
    expect(await artifactOf(project)).toEqual({
      code: 0,
      state: "verified",
      artifact: { state: "verified", lockfile: LOCKFILE, tarball: ABSENT, installed },
    });
  });

  it.each([
    ["junk", "junk", "something else"],
    ["another version", { name: "widget", version: "1.0.1" }, "widget@1.0.1"],
    ["another package", { name: "\u001b[2J", version: "1.0.0" }, String.raw`\u{1b}[2J@1.0.0`],
  ])("fails where %s is installed", async (_what, content, found) => {
    const project = await widgets();
    project.write("node_modules/widget/package.json", content);
    const installed = other(`In node_modules/widget there is ${found}.`);
    expect(await artifactOf(project)).toEqual({
      code: 1,
      state: "failed",
      artifact: { state: "failed", lockfile: LOCKFILE, tarball: ABSENT, installed },
    });
  });

  it("looks for what is installed nowhere but in the project", async () => {
    const project = await widgets(WIDGET, {
      "node_modules/../../widget": lockedEntry("1.0.0", WIDGET.integrity),
    });
    project.write("../widget/package.json", "junk");
    expect(await rowOf(project, ["name", "source", "state"])).toEqual({
      code: 0,
      name: "../../widget",
      source: "unclear",
      state: "unknown",
    });
  });

  it("finds what pnpm installed, whatever it was installed with", async () => {
    const project = await widgets();
    project.write(
      "pnpm-lock.yaml",
      `lockfileVersion: '9.0'\npackages:\n  widget@1.0.0:\n    resolution: {integrity: ${WIDGET.integrity}}\n`,
    );
    await systemFiles.remove(join(project.folder, "package-lock.json"));
    for (const folder of ["widget@1.0.0", "widget@1.0.0_peer@2.0.0", "widget@1.0.01"]) {
      const path = `node_modules/.pnpm/${folder}/node_modules/widget/package.json`;
      project.write(path, { name: "widget", version: "1.0.0" });
    }
    const installed = { state: "verified", folders: 2 };
    expect(await artifactOf(project)).toEqual({
      code: 0,
      state: "verified",
      artifact: { state: "verified", lockfile: LOCKFILE, tarball: ABSENT, installed },
    });
  });

  it("compares a tarball in npm's cache", async () => {
    const project = await widgets();
    const write = (bytes: Uint8Array): Promise<void> =>
      systemFiles.write(join(project.home, npmCachePathOf(WIDGET.tarball)), bytes);
    await write(WIDGET.tarball);
    const artifact = { state: "verified", lockfile: LOCKFILE, installed: ABSENT };
    const tarball = { state: "verified", from: "npm-cache" };
    expect(await artifactOf(project)).toEqual({
      code: 0,
      state: "verified",
      artifact: { ...artifact, tarball },
    });
    await write(Buffer.from("something else"));
    expect(await artifactOf(project)).toEqual({
      code: 1,
      state: "failed",
      artifact: {
        ...artifact,
        state: "failed",
        tarball: other("npm's cache holds other bytes under this digest."),
      },
    });
  });

  it("compares a tarball in Veln's own store", async () => {
    const project = await widgets();
    const store = await openStore(join(project.home, ".local/share/veln"), { clock: Date.now });
    const sha512 = Buffer.from(WIDGET.integrity.slice("sha512-".length), "base64").toString("hex");
    expect(await store.tarballs.put(WIDGET.tarball, sha512)).toEqual({ stored: true });
    await store.close();
    const tarball = { state: "verified", from: "store" };
    expect(await artifactOf(project)).toEqual({
      code: 0,
      state: "verified",
      artifact: { state: "verified", lockfile: LOCKFILE, tarball, installed: ABSENT },
    });
  });

  it("fails where the lockfile wants other bytes, for every part that is about bytes", async () => {
    const integrity = boxVersion("widget", "6.6.6").integrity;
    const project = await widgets(WIDGET, {
      "node_modules/widget": lockedEntry("1.0.0", integrity),
    });
    const elsewhere = other("The statement is about other bytes than those of widget@1.0.0.");
    expect(await rowOf(project, [...EVIDENCE, "artifact"])).toEqual({
      code: 1,
      state: "failed",
      registrySignature: other("The registry's signature is for other bytes than these."),
      publish: elsewhere,
      provenance: elsewhere,
      artifact: {
        state: "failed",
        lockfile: other("The lockfile wants other bytes than those the registry published."),
        tarball: ABSENT,
        installed: ABSENT,
      },
    });
  });

  it.each([
    [
      "that nobody can read",
      "sha512-bogus",
      other("The lockfile's digest cannot be read, so it binds nothing."),
    ],
    [
      "of another kind than the registry's",
      `sha1-${"A".repeat(27)}=`,
      unknown("lockfile and registry name digests of different kinds"),
    ],
    ["at all", undefined, ABSENT],
  ])("says so where the lockfile has no digest %s", async (_what, integrity, lockfile) => {
    const project = await widgets(WIDGET, {
      "node_modules/widget": lockedEntry("1.0.0", integrity),
    });
    const { state } = lockfile;
    const expected = state === "absent" ? "verified" : state;
    expect(await artifactOf(project)).toEqual({
      code: expected === "failed" ? 1 : 0,
      state: expected,
      artifact: { state, lockfile, tarball: ABSENT, installed: ABSENT },
    });
  });
});

describe("what an audit is held against", () => {
  const expecting = (repository: string): string =>
    `[[provenance.expect]]\npackage = "widget"\nrepository = "${repository}"\n`;

  it.each([
    ["as expected", "https://github.com/acme/widget", 0, { state: "fulfilled" }],
    [
      "not as expected",
      "https://github.com/acme/gadget",
      1,
      {
        state: "violated",
        violations: [
          {
            what: "repository",
            expected: "https://github.com/acme/gadget",
            found: "https://github.com/acme/widget",
          },
        ],
      },
    ],
  ])("tells of a repository that is %s", async (_what, repository, code, expectation) => {
    const project = await widgets();
    project.write("veln.toml", policyFor(project.registry.url, expecting(repository)));
    expect(await rowOf(project, ["state", "expectation"])).toEqual({
      code,
      state: code === 0 ? "verified" : "failed",
      expectation,
    });
  });

  it("remembers a trusted publisher, and asks for the whole document to compare with", async () => {
    const project = await widgets();
    const store = await openStore(join(project.home, ".local/share/veln"), { clock: () => 0 });
    store.origins.remember({
      registry: project.registry.url,
      name: "widget",
      version: "1.0.0",
      sha512: "5".repeat(128),
      origin: {
        rank: "trusted-publisher",
        repository: "https://github.com/acme/widget",
        repositoryId: "700100200",
        ownerId: "300400",
        workflow: ".github/workflows/release.yml",
        signer: "https://github.com/acme/widget/.github/workflows/release.yml@refs/heads/main",
        ref: "refs/heads/main",
        runner: "hosted",
        builder: "https://github.com/actions/runner/github-hosted",
        issuer: "https://token.actions.githubusercontent.com",
      },
    });
    await store.close();
    expect(await rowOf(project, ["state", "downgrade"])).toEqual({
      code: 1,
      state: "failed",
      downgrade: {
        state: "weaker",
        weaknesses: [
          {
            kind: "trusted-publisher-gone",
            than: "1.0.0 (as seen here on 1970-01-01)",
            always: true,
            why: "Its publisher is whoever held a token; that of 1.0.0 (as seen here on 1970-01-01) was a trusted one.",
          },
        ],
      },
    });
    const asked = project.registry.requests.map(({ path, headers }) => [path, headers.accept]);
    expect(asked).toContainEqual(["/widget", "application/json"]);
  });

  const OUTSIDE = {
    "packages/one": { name: "one", version: "0.1.0" },
    "node_modules/git": {
      version: "1.0.0",
      resolved: "git+ssh://git@host.invalid/o/git.git#0123",
    },
  };

  it.each<[args: readonly string[], rule: readonly string[] | undefined, code: number]>([
    [[], undefined, 0],
    [[], ["failed", "outside"], 1],
    [[], ["absent"], 1],
    [[], ["unknown"], 69],
    [[], ["unknown", "absent"], 1],
    [[], [], 0],
    [["--require", "verified"], [], 1],
    [["--require", "signed"], [], 69],
  ])("ends by what policy and arguments fail for: %j %j", async (args, rule, code) => {
    const bare = boxVersion("bare", "1.0.0", { isAttested: false });
    const project = await auditedProject(
      { widget: { "1.0.0": WIDGET }, bare: { "1.0.0": bare } },
      {
        ...LOCKED,
        ...OUTSIDE,
        "node_modules/bare": lockedEntry("1.0.0", bare.integrity),
        "node_modules/gone": lockedEntry("1.0.0", undefined),
      },
    );
    if (rule !== undefined) {
      const more = `[provenance.audit]\nfail_on = ${JSON.stringify(rule)}\n`;
      project.write("veln.toml", policyFor(project.registry.url, more));
    }
    const { code: ended, packages, summary } = await audited(project, ...args);
    expect({ ended, summary, states: packages.map(({ name, state }) => [name, state]) }).toEqual({
      ended: code,
      summary: { failed: 0, unknown: 1, absent: 1, verified: 1, outside: 2 },
      states: [
        ["widget", "verified"],
        ["one", "outside"],
        ["git", "outside"],
        ["bare", "absent"],
        ["gone", "unknown"],
      ],
    });
  });
});

describe("what an audit says", () => {
  it("says the worst first, each with its step and what that means", async () => {
    const gadget = boxVersion("gadget", "1.0.0");
    const ofWidget = WIDGET.origin?.(WIDGET.integrity, "") ?? {};
    const project = await auditedProject(
      {
        widget: { "1.0.0": WIDGET },
        gadget: { "1.0.0": { ...gadget, origin: () => ofWidget } },
        unsigned: { "1.0.0": { tarball: WIDGET.tarball } },
      },
      {
        "node_modules/widget": { ...LOCKED["node_modules/widget"] },
        "node_modules/gadget": lockedEntry("1.0.0", gadget.integrity),
        "node_modules/unsigned": lockedEntry("1.0.0", WIDGET.integrity),
        "node_modules/gone": lockedEntry("1.0.0", undefined),
        "node_modules/also-gone": lockedEntry("1.0.0", undefined),
        "packages/one": { name: "one" },
      },
    );
    project.write("yarn.lock", "");
    const { code, printed, said } = await project.audit();
    expect([code, said]).toEqual([1, ""]);
    const [head = "", ...rest] = printed.split("\n\n");
    // Where its lines break depends on the length of the path.
    expect(head.replaceAll("\n", " ").replace(/ of \S+ in [\d.]+ m?s:/, ":")).toBe(HEAD);
    expect(rest.join("\n\n")).toBe(PAGE);
  });

  it("says nothing when it is to be quiet and nothing failed", async () => {
    const project = await widgets();
    expect(await project.audit("--quiet")).toEqual({ code: 0, printed: "", said: "" });
  });

  it.each([
    [["a", "b"], "veln: Say one folder: veln provenance audit DIR.\n"],
    [["--require", "constructor"], "veln: --require takes signed or verified.\n"],
    [["--timeout", "soon"], "veln: --timeout takes a duration such as 30s or 5m.\n"],
    [["--timeout", "0s"], "veln: --timeout takes a duration such as 30s or 5m.\n"],
  ])("says what is wrong with %j", async (args, sentence) => {
    const project = await widgets();
    expect(await project.audit(...args)).toEqual({ code: 2, printed: "", said: sentence });
  });

  it("refuses a folder without a lockfile, and a lockfile that is broken", async () => {
    const project = await widgets();
    project.write("empty/package.json", {});
    project.write("broken/package-lock.json", "{");
    const runs = [await project.audit("empty"), await project.audit("broken", "--json")];
    expect(runs).toEqual([
      {
        code: 2,
        printed: "",
        said: `veln: ${project.folder}/empty has no lockfile (npm-shrinkwrap.json, package-lock.json, pnpm-lock.yaml, yarn.lock, bun.lock).\n`,
      },
      { code: 2, printed: expect.stringContaining('"code":"bad-config"'), said: "" },
    ]);
  });

  it("refuses a policy whose trust cannot be had, for all packages at once", async () => {
    const project = await widgets();
    await systemFiles.remove(join(project.folder, "root.json"));
    expect(await project.audit()).toEqual({
      code: 2,
      printed: "",
      said: `veln: ${project.folder}/root.json, which the policy trusts for ${project.registry.url}, cannot be read.\n`,
    });
  });
});

const HEAD =
  "Audited 6 packages: 1 failed, 2 unknown, 1 without provenance or signature, 1 verified, 1 outside the registry. " +
  "Verified: registry signature 1, publish attestation 1, provenance 1, lockfile's digest against the registry's 3, " +
  "tarball on this machine against that digest 0, name and version of what is installed 0. " +
  "There are others, which were not read: yarn.lock.";

const PAGE = `FAILED gadget@1.0.0
  node_modules/gadget
  registry signature: FAILED at registry-signature: The registry's signature is
  not for this name and integrity.
    The registry's signature does not fit this name, version and digest:
    something between you and the registry altered them.
  publish attestation: FAILED at artifact: The statement is about
  pkg:npm/widget@1.0.0, not about gadget@1.0.0.
    The statement is about other bytes than these: one of the two was exchanged.
    Do not install it.
  provenance: FAILED at artifact: The statement is about pkg:npm/widget@1.0.0,
  not about gadget@1.0.0.
    The statement is about other bytes than these: one of the two was exchanged.
    Do not install it.

Not signed, though the registry signs other versions
  unsigned@1.0.0

Not known, which is not the same as clear
  The registry has no package of this name (2 packages): gone@1.0.0,
  also-gone@1.0.0

Outside the registry, so nobody vouches for them
  workspace (1 package): one
`;
