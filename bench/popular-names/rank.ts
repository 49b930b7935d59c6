/*
 * Ranks package names by how many different packages name them as a dependency of any kind, over
 * the package.json files of the node_modules folders given on the command line. Prints one name a
 * line, most wanted first, after dropping those with fewer than MENTIONS_MIN.
 *
 *     node bench/popular-names/rank.ts DIR…  > names.txt
 *
 * Its output, together with names well known otherwise, is kept by hand in
 * src/examine/signals/name-imitates-popular/popular-names.ts.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type JsonObject, parseJson } from "../../src/model/canonical.ts";

const MENTIONS_MIN = 4;
const FIELDS = ["dependencies", "optionalDependencies", "peerDependencies", "devDependencies"];

const wantedBy = new Map<string, Set<string>>();
for (const manifest of process.argv.slice(2).flatMap(manifestsBelow)) {
  const owner = typeof manifest["name"] === "string" ? familyOf(manifest["name"]) : "";
  for (const name of dependencyNamesOf(manifest)) {
    const owners = wantedBy.get(name) ?? new Set();
    if (familyOf(name) !== owner) wantedBy.set(name, owners.add(owner));
  }
}
const ranked = [...wantedBy]
  .filter(([, owners]) => owners.size >= MENTIONS_MIN)
  .sort(([a, x], [b, y]) => y.size - x.size || (a < b ? -1 : 1));
for (const [name] of ranked) console.log(name);

function manifestsBelow(folder: string): readonly JsonObject[] {
  const paths = globSync("**/node_modules/{*,@*/*}/package.json", { cwd: folder });
  return paths.flatMap((path) => {
    const manifest = parseJson(readFileSync(join(folder, path), "utf8").replace(/^\uFEFF/, ""));
    return isJsonObject(manifest) ? [manifest] : [];
  });
}

/** A scope counts once, so that a project of a hundred packages does not vote for itself. */
function familyOf(name: string): string {
  return name.startsWith("@") ? name.slice(0, name.indexOf("/")) : name;
}

function dependencyNamesOf(manifest: JsonObject): readonly string[] {
  return FIELDS.flatMap((field) => {
    const entries = manifest[field];
    return isJsonObject(entries) ? Object.keys(entries) : [];
  });
}
