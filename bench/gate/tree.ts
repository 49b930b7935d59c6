import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Holds the addresses that packages came from, which differ between ways on purpose. */
const LEFT_OUT = ".package-lock.json";

export interface Tree {
  readonly files: number;
  /** `node_modules/x@1.2.3` */
  readonly packages: readonly string[];
  /** SHA-256 over every path and its content or link target. */
  readonly sha256: string;
}

export function treeOf(nodeModules: string): Tree {
  const hash = createHash("sha256");
  const entries = readdirSync(nodeModules, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name !== LEFT_OUT)
    .map((entry) => ({ path: join(entry.parentPath, entry.name), isLink: entry.isSymbolicLink() }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, isLink } of entries) {
    const content = isLink ? readlinkSync(path) : readFileSync(path);
    const digest = createHash("sha256").update(content).digest("hex");
    hash.update(`${path.slice(nodeModules.length)}\0${digest}\0`);
  }
  return { files: entries.length, packages: packagesIn(nodeModules), sha256: hash.digest("hex") };
}

function packagesIn(nodeModules: string): readonly string[] {
  const lock = JSON.parse(readFileSync(join(nodeModules, LEFT_OUT), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly version: string }>>;
  };
  return Object.entries(lock.packages).map(([path, { version }]) => `${path}@${version}`);
}
