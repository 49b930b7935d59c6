import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Admission } from "../../act/gate/gate.ts";
import { DEFAULT_POLICY } from "../../judge/defaults.ts";
import { label } from "../../model/package-ref.ts";
import type { Policy } from "../../model/policy.ts";
import { fillMirror } from "./yarn-mirror.ts";

const entry = (pattern: string, version: string, resolved: string): string =>
  `"${pattern}":\n  version "${version}"\n  resolved "${resolved}#00"\n\n`;

const A = entry("a@1", "1.0.0", "https://other.invalid/a/-/a-1.0.0.tgz");
const B = entry("@s/b@1", "2.0.0", "https://registry.invalid/@s/b/-/b-2.0.0.tgz");

interface Filled {
  readonly stop: string | undefined;
  readonly asked: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

async function fill(
  lock: string,
  answers: Readonly<Record<string, Admission>> = {},
  dependencies: Policy["dependencies"] = DEFAULT_POLICY.dependencies,
): Promise<Filled> {
  const folder = await mkdtemp(join(tmpdir(), "veln-mirror-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const asked: string[] = [];
  const stop = await fillMirror(lock, join(folder, "mirror"), {
    policy: { ...DEFAULT_POLICY, dependencies },
    admit: async (ref) => {
      asked.push(label(ref));
      const bytes = Buffer.from(`bytes of ${label(ref)}`);
      return answers[label(ref)] ?? { state: "admitted", bytes, sha512: "00" };
    },
  });
  const names = (await readdir(join(folder, "mirror"))).sort();
  const texts = names.map(
    async (name) => [name, await readFile(join(folder, "mirror", name), "utf8")] as const,
  );
  return { stop, asked: asked.sort(), files: Object.fromEntries(await Promise.all(texts)) };
}

describe("fillMirror", () => {
  it("lays the gate's bytes for every entry, whatever host it names", async () => {
    expect(await fill(A + B + A)).toEqual({
      stop: undefined,
      asked: ["@s/b@2.0.0", "a@1.0.0"],
      files: { "@s-b-2.0.0.tgz": "bytes of @s/b@2.0.0", "a-1.0.0.tgz": "bytes of a@1.0.0" },
    });
  });

  it("stops with the reason of what is refused, and lays none of its bytes", async () => {
    const refused: Admission = { state: "refused", decision: "block", sentence: "No: a." };
    expect(await fill(A + B, { "a@1.0.0": refused })).toEqual({
      stop: "No: a.",
      asked: ["@s/b@2.0.0", "a@1.0.0"],
      files: { "@s-b-2.0.0.tgz": "bytes of @s/b@2.0.0" },
    });
  });

  it("stops where the registry has no such version", async () => {
    const { stop, files } = await fill(A, { "a@1.0.0": { state: "absent" } });
    expect({ stop, files }).toEqual({
      stop: "yarn.lock names a@1.0.0, which is not in the registry.",
      files: {},
    });
  });

  it.each([
    ["remote", "https://host.invalid/c.tgz"],
    ["git", "git+https://host.invalid/c.git"],
  ] as const)("stops before it asks for anything, where a %s dependency is", async (kind, url) => {
    const lock = A + entry("c@1", "1.0.0", url);
    const { stop, asked } = await fill(lock);
    expect({ stop, asked }).toEqual({
      stop: `yarn.lock takes c@1 from ${url}, which is no registry, so nothing could be examined. If that is what you want, say ${kind} = "allow" under [dependencies] in veln.toml.`,
      asked: [],
    });
    const allowed = await fill(lock, {}, { ...DEFAULT_POLICY.dependencies, [kind]: "allow" });
    expect([allowed.stop, allowed.asked]).toEqual([undefined, ["a@1.0.0"]]);
  });

  it("stops where one file name would stand for two packages", async () => {
    const one = entry("a@x", "1.0.0-2.0.0", "https://r.invalid/a/-/a-1.0.0-2.0.0.tgz");
    const other = entry("a-1.0.0@x", "2.0.0", "https://r.invalid/a-1.0.0/-/a-1.0.0-2.0.0.tgz");
    expect((await fill(one + other)).stop).toBe(
      "yarn.lock names a-1.0.0@2.0.0 and a@1.0.0-2.0.0 by one file name, which yarn 1 could mix up.",
    );
  });
});
