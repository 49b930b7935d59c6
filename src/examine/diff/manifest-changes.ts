import type { FileTree } from "../../model/file-tree.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { ManifestChange, ManifestChanges } from "../../model/package-diff.ts";
import { printable } from "../../model/printable.ts";
import { installHooks } from "../parse/hooks.ts";

interface Described {
  readonly manifest: Manifest;
  readonly files: FileTree;
}

export function compareManifests(before: Described, after: Described): ManifestChanges {
  return {
    hooks: changesIn(hooksOf(before), hooksOf(after)),
    dependencies: changesIn(dependenciesOf(before), dependenciesOf(after)),
    entries: changesIn(entriesOf(before), entriesOf(after)),
  };
}

type Fields = ReadonlyMap<string, string>;

function hooksOf({ manifest, files }: Described): Fields {
  const hooks = installHooks(manifest, files.has("binding.gyp"));
  return new Map(hooks.map(({ name, command }) => [`scripts.${name}`, command]));
}

function dependenciesOf({ manifest }: Described): Fields {
  const fields = ["dependencies", "optionalDependencies", "peerDependencies"] as const;
  return new Map(
    fields.flatMap((field) =>
      [...manifest[field]].map(([name, range]) => [`${field}.${name}`, range] as const),
    ),
  );
}

function entriesOf({ manifest }: Described): Fields {
  const { main, module, browser, exports, imports, bin } = manifest;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["main", main],
    ["module", module],
    ["browser", browser === undefined ? undefined : JSON.stringify(browser)],
    ["exports", exports === undefined ? undefined : JSON.stringify(exports)],
    ["imports", imports === undefined ? undefined : JSON.stringify(imports)],
    ...[...bin].map(([name, path]) => [`bin.${name}`, path] as const),
  ];
  return new Map(fields.flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])));
}

const TEXT_MAX = 500;

function changesIn(before: Fields, after: Fields): readonly ManifestChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({
      field: printable(name, TEXT_MAX),
      before: shown(before.get(name)),
      after: shown(after.get(name)),
    }));
}

function shown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : printable(text, TEXT_MAX);
}
