import { isJsonObject, parseJson } from "../../model/canonical.ts";
import type { Finding } from "../../model/finding.ts";
import { FileTree, type FileEntry } from "../../model/file-tree.ts";
import { type Manifest, parseManifest } from "../../model/manifest.ts";
import { printable } from "../../model/printable.ts";

/** A package as it lies in the tarball: itself, or one that it brings along in node_modules. */
export interface InnerPackage {
  /** "" for the package itself, otherwise `node_modules/name/`, however deep. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Paths relative to the folder. */
  readonly files: FileTree;
}

const BUNDLED_MAX = 200;
const FOLDER_LENGTH_MAX = 200;
const BUNDLED_MANIFEST = /^(.*\/)?node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/;

/**
 * npm runs the install scripts of bundled packages as well, and no registry ever saw those: their
 * manifests come from the tarball alone. A manifest that is no JSON is none to npm either.
 */
export function packagesIn(manifest: Manifest, files: FileTree): readonly InnerPackage[] {
  const inner = files.entries
    .filter(({ path }) => BUNDLED_MANIFEST.test(path))
    .slice(0, BUNDLED_MAX)
    .flatMap((entry) => bundledPackage(entry, files));
  return [{ folder: "", manifest, files }, ...inner];
}

function bundledPackage(entry: FileEntry, files: FileTree): readonly InnerPackage[] {
  const folder = entry.path.slice(0, -"package.json".length);
  const manifest = manifestOf(files.text(entry));
  if (manifest === undefined) return [];
  const entries: readonly FileEntry[] = files.entries
    .filter(({ path }) => path.startsWith(folder))
    .map(({ path, offset, size, executable }) => ({
      path: path.slice(folder.length),
      offset,
      size,
      executable,
    }));
  return [{ folder, manifest, files: new FileTree({ ...files.data, entries }) }];
}

function manifestOf(text: string): Manifest | undefined {
  try {
    const json = parseJson(text.replace(/^\uFEFF/, ""));
    return isJsonObject(json) ? parseManifest(json) : undefined;
  } catch {
    return undefined;
  }
}

/** Says where in the tarball a finding about a bundled package is. */
export function placedIn(
  { folder }: InnerPackage,
  findings: readonly Finding[],
): readonly Finding[] {
  if (folder === "") return findings;
  // A finding's own texts are printable already; the folder's name is the author's.
  const shown = printable(folder, FOLDER_LENGTH_MAX);
  return findings.map((found) => ({
    ...found,
    file: `${shown}${found.file ?? "package.json"}`,
    message: `In the bundled ${shown.replace(/\/$/, "")}: ${found.message}`,
  }));
}
