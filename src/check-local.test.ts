import { treeHash } from "./model/tree-hash.ts";
import { describe, expect, it } from "vitest";
import { checkDeps } from "../test/support/checking.ts";
import { digestsOf, fakeRegistry, publishedBytes } from "../test/support/fake-registry.ts";
import { tarball } from "../test/support/tarball.ts";
import { checkLocal, type LocalArtifact } from "./check.ts";
import { Failure } from "./model/failure.ts";
import { fileTreeOf } from "./model/file-tree.ts";
import { npmRef } from "./model/package-ref.ts";
import { parseManifest } from "./model/manifest.ts";

const LOCAL = { state: "inapplicable", why: "it comes from this machine, not from a registry" };
const OFFLINE = { state: "unknown", why: "nothing was asked of a registry" };
const BYTES = publishedBytes("subject", "1.1.0");

function artifact(bytes: Uint8Array, rest: Partial<LocalArtifact> = {}): LocalArtifact {
  return { bytes, digests: digestsOf(bytes), files: undefined, previous: undefined, ...rest };
}

async function checkedHere(
  given: LocalArtifact,
  registry: ReturnType<typeof fakeRegistry> | undefined,
) {
  const deps = checkDeps(registry ?? fakeRegistry({}));
  const checked = await checkLocal(given, { ...deps, registry });
  const [call] = deps.calls;
  if (call === undefined) throw new Error("nothing was examined");
  return { checked, gathered: call.gathered, gatherPrevious: call.gatherPrevious };
}

describe("checkLocal", () => {
  it("asks nobody about a tarball when offline, and says so", async () => {
    const { checked, gathered, gatherPrevious } = await checkedHere(artifact(BYTES), undefined);
    expect(gathered).toMatchObject({
      artifact: { state: "known", value: { ref: npmRef("subject", "1.1.0") } },
      archive: { state: "known", value: { state: "read" } },
      release: LOCAL,
      history: OFFLINE,
      previous: OFFLINE,
      previousFiles: OFFLINE,
      dependencies: OFFLINE,
      age: LOCAL,
      firstSeen: LOCAL,
      provenance: LOCAL,
    });
    expect(await gatherPrevious?.()).toEqual(OFFLINE);
    expect(checked.release).toBeUndefined();
    expect(checked.verdict.unknown.length).toBeGreaterThan(0);
    expect(new Set(checked.verdict.unknown.map(({ why }) => why))).toEqual(new Set([OFFLINE.why]));
  });

  it("learns history and predecessor from the registry when there is one", async () => {
    const registry = fakeRegistry({ packages: { subject: { "1.0.0": {}, "2.0.0": {} } } });
    const { gathered } = await checkedHere(artifact(BYTES), registry);
    expect(gathered).toMatchObject({
      release: LOCAL,
      history: { state: "known", value: { name: "subject" } },
      previous: { state: "known", value: { ref: npmRef("subject", "1.0.0") } },
      dependencies: { state: "known", value: new Map() },
    });
  });

  it.each([
    [
      "no package of its name",
      {},
      { state: "inapplicable", why: "the registry has no package of this name" },
    ],
    [
      "no answer",
      { failures: { subject: new Failure("offline", "No network.") } },
      { state: "unknown", why: "No network." },
    ],
  ])("goes on where the registry has %s", async (_what, world, expected) => {
    const { gathered } = await checkedHere(artifact(BYTES), fakeRegistry(world));
    expect([gathered.history, gathered.previous, gathered.previousFiles]).toEqual([
      expected,
      expected,
      expected,
    ]);
  });

  it("compares with a predecessor given by hand", async () => {
    const manifest = parseManifest({ name: "subject", version: "0.9.0" });
    const files = fileTreeOf([["package.json", '{"name":"subject","version":"0.9.0"}']]);
    const release = {
      ref: npmRef("subject", "0.9.0"),
      manifest,
      tarballUrl: "",
      integrity: [],
      integrityText: undefined,
      signatures: [],
      claimsAttestations: false,
      claimsProvenance: false,
      trustedPublisher: undefined,
      publishedAtMs: undefined,
      publisher: undefined,
      maintainers: undefined,
      deprecated: false,
    };
    const given = artifact(BYTES, { previous: { release, files } });
    const { gathered } = await checkedHere(given, undefined);
    expect([gathered.previous, gathered.previousFiles]).toEqual([
      { state: "known", value: release },
      { state: "known", value: files },
    ]);
  });

  it("takes a folder's files as they are", async () => {
    const files = fileTreeOf([
      ["package.json", '\ufeff{"name":"@a/folder","version":"0.0.1"}'],
      ["index.js", "module.exports = 1;\n"],
    ]);
    const { checked, gathered } = await checkedHere(
      artifact(Buffer.from("listing"), { files }),
      undefined,
    );
    expect(checked.verdict.ref).toEqual(npmRef("@a/folder", "0.0.1"));
    expect(checked.treeSha256).toBe(treeHash(files));
    expect(gathered.files).toEqual({ state: "known", value: files });
    expect(checked.verdict.artifact.fileCount).toBe(2);
  });

  it.each([
    ["no name", '{"version":"1.0.0"}'],
    ["no version", '{"name":"subject"}'],
    ["a name that is none", '{"name":"../subject","version":"1.0.0"}'],
    ["a version that is none", '{"name":"subject","version":"latest"}'],
    ["a manifest that is no JSON", "{"],
  ])("takes what has %s for bad input", async (_what, content) => {
    const bytes = tarball([{ name: "package/package.json", content }]);
    const deps = checkDeps(fakeRegistry({}));
    const failure: unknown = await checkLocal(artifact(bytes), deps).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: "Failure", code: "usage" });
    expect(deps.calls).toEqual([]);
  });

  it("names the rule that a refused archive breaks", async () => {
    const bytes = tarball([
      { name: "package/package.json", content: '{"name":"subject","version":"1.0.0"}' },
      { name: "package/link", type: "2", linkName: "/etc/passwd" },
    ]);
    const failure: unknown = await checkLocal(artifact(bytes), checkDeps(fakeRegistry({}))).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      name: "Failure",
      code: "bad-archive",
      detail: { rule: expect.any(String), path: "package/link" },
    });
  });
});
