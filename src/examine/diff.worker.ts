import { FileTree } from "../model/file-tree.ts";
import type { PackageDiff } from "../model/package-diff.ts";
import { serveJobs } from "../platform/workers.ts";
import type { CompareJob } from "./compare.ts";
import { diffVersions } from "./diff/diff.ts";
import { createSources } from "./parse/parse.ts";

serveJobs((job, send) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compare.ts alone sends jobs here
  const { before, after } = job as CompareJob;
  const [older, newer] = [new FileTree(before.files), new FileTree(after.files)];
  const sources = createSources(newer);
  const diff: PackageDiff = diffVersions(
    { manifest: before.manifest, files: older, sources: sources.beside(older) },
    { manifest: after.manifest, files: newer, sources },
  );
  send(diff);
  return Promise.resolve();
});
