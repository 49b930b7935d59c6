import { FileTree } from "../model/file-tree.ts";
import type { PackageDiff } from "../model/package-diff.ts";
import { serveJobs } from "../platform/workers.ts";
import type { CompareJob, SentVersion } from "./compare.ts";
import type { Version } from "./diff/abilities.ts";
import { diffVersions } from "./diff/diff.ts";
import { createSources } from "./parse/parse.ts";

serveJobs((job, send) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compare.ts alone sends jobs here
  const { before, after } = job as CompareJob;
  const diff: PackageDiff = diffVersions(received(before), received(after));
  send(diff);
  return Promise.resolve();
});

function received({ manifest, files }: SentVersion): Version {
  const tree = new FileTree(files);
  return { manifest, files: tree, sources: createSources(tree) };
}
