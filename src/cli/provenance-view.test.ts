import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  auditedProject,
  boxVersion,
  genuineVersion,
  GUNDAM,
  type AuditedProject,
} from "../../test/support/audited-project.ts";
import { genuineText, hasGenuine } from "../../test/support/sigstore/bases.ts";
import { GITHUB_RUN } from "../../test/support/sigstore/signers.ts";
import { parseJson } from "../model/canonical.ts";

const SOURCE = `github.com/${GITHUB_RUN.repository}@${GITHUB_RUN.commit}`;
const SHIELD = `Published from ${SOURCE} via GitHub Actions`;
const OTHER_BYTES = { sha512: "0f".repeat(64) };

function projectOf(...[name, version, attesting]: Parameters<typeof boxVersion>) {
  return auditedProject({ [name]: { [version]: boxVersion(name, version, attesting) } }, {});
}

/** The tarball and the registry's attestations of it, as files of the project. */
function filesOf(project: AuditedProject, name: string, version: string, attestations: string) {
  writeFileSync(join(project.folder, "a.tgz"), boxVersion(name, version).tarball);
  writeFileSync(join(project.folder, "a.json"), attestations);
}

describe("veln provenance view", () => {
  it("shows the shield, the build and every part that verified", async () => {
    const project = await projectOf("widget", "1.0.0");
    const { code, printed } = await project.veln("provenance", "view", "widget");
    expect(code).toBe(0);
    expect(printed.split("\n").slice(0, 8)).toEqual([
      "widget@1.0.0",
      `  🛡 ${SHIELD}`,
      "  registry signature: verified",
      "  publish attestation: verified",
      "  provenance: verified",
      `    repository https://github.com/${GITHUB_RUN.repository}`,
      `    commit     ${GITHUB_RUN.commit}`,
      `    ref        ${GITHUB_RUN.ref}`,
    ]);
  });

  it("shows no shield, and the step, where the statements are about other bytes", async () => {
    const project = await projectOf("widget", "1.0.0", OTHER_BYTES);
    const { code, printed } = await project.veln("provenance", "view", "widget");
    expect([code, printed.includes("Published from")]).toEqual([1, false]);
    expect(printed).toContain("provenance: FAILED at artifact");
  });

  it("says what is absent, and of several packages what became of each", async () => {
    const project = await projectOf("widget", "1.0.0", { isAttested: false });
    const { code, printed } = await project.veln("provenance", "view", "widget", "none", "--json");
    expect([code, parseJson(printed)]).toEqual([
      2,
      [
        {
          ref: "pkg:npm/widget@1.0.0",
          shield: null,
          provenance: { state: "absent" },
          publish: { state: "absent" },
          registrySignature: { state: "verified", keyId: expect.stringMatching(/^SHA256:/) },
          trustedPublisher: null,
        },
        { error: { code: "not-found", message: "none is not in the registry." } },
      ],
    ]);
  });
});

describe("veln provenance verify", () => {
  it("asks the registry for what it attests of these bytes", async () => {
    const project = await projectOf("widget", "1.0.0");
    filesOf(project, "widget", "1.0.0", "");
    const { code, printed } = await project.veln("provenance", "verify", "a.tgz", "--json");
    expect([code, parseJson(printed)]).toMatchObject([0, { shield: SHIELD }]);
  });

  it("fails for another tarball, and where there is nothing to verify", async () => {
    const project = await projectOf("widget", "1.0.0");
    filesOf(project, "widget", "1.1.0", '{"attestations": []}');
    const answers = [
      await project.veln("provenance", "verify", "a.tgz", "--json"),
      await project.veln("provenance", "verify", "a.tgz", "--attestations", "a.json", "--json"),
    ];
    expect(answers.map(({ code, printed }) => [code, parseJson(printed)])).toMatchObject([
      [1, { shield: null, provenance: { state: "absent" } }],
      [1, { shield: null, provenance: { state: "absent" } }],
    ]);
  });

  it("is not told offline, which is no failure of the tarball", async () => {
    const project = await projectOf("widget", "1.0.0");
    filesOf(project, "widget", "1.0.0", "");
    const { code, said } = await project.veln("provenance", "verify", "a.tgz", "--offline");
    expect([code, said]).toEqual([69, expect.stringContaining("Veln is offline")]);
  });
});

describe.skipIf(!hasGenuine)("a genuine tarball (skipped without the genuine bundles)", () => {
  it("verifies offline by a document and by a single bundle of it", async () => {
    const project = await auditedProject(
      { [GUNDAM.name]: { "1.0.1": genuineVersion(GUNDAM) } },
      {},
    );
    const text = genuineText(GUNDAM.attestations);
    const { attestations } = JSON.parse(text) as {
      attestations: readonly { predicateType: string; bundle: object }[];
    };
    const provenance = attestations.find(({ predicateType }) => /provenance/.test(predicateType));
    project.write("a.tgz", genuineVersion(GUNDAM).tarball ?? "");
    project.write("all.json", text);
    project.write("one.json", JSON.stringify(provenance?.bundle));
    const run = (file: string) =>
      project.veln("provenance", "verify", "--offline", "--attestations", file, "a.tgz", "--json");
    const answers = [await run("all.json"), await run("one.json")];
    expect(answers.map(({ code, printed }) => [code, parseJson(printed)])).toMatchObject([
      [0, { provenance: { state: "verified" }, publish: { state: "verified" } }],
      [0, { provenance: { state: "verified" }, publish: { state: "absent" } }],
    ]);
  });
});
