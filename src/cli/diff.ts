import { diffReport } from "../act/report/diff-json.ts";
import { diffMarkdown } from "../act/report/diff-markdown.ts";
import { diffPage } from "../act/report/diff-text.ts";
import { compareVersions, DIFF_WORKER } from "../examine/compare.ts";
import type { Capability } from "../model/capability.ts";
import { Failure } from "../model/failure.ts";
import type { PackageDiff } from "../model/package-diff.ts";
import {
  isExactVersion,
  isPackageName,
  label,
  npmRef,
  type PackageRef,
  toPurl,
} from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import { createWorkerPool } from "../platform/workers.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { layoutFor, type Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { openSources, type Sources } from "./session.ts";
import { filesOfSubject, type SubjectFiles } from "./subject.ts";

const USAGE = `Usage: veln diff [--json|--markdown] [--offline] OLD NEW

What the newer of two versions can do that the older could not: which functions reach the network,
programs, files, secrets or run text as code, whether an install hook or an entry point leads there,
and what changed in hosts, files and package.json. Another layout, other names, another bundler or
minifier make no difference.

  OLD, NEW        a package of the registry (chalk@5.6.0), a .tgz file or a folder
  --json          one document: from, to, gained, lost, files, and more
  --markdown      with the code of both versions side by side

Exit status: 0 nothing was gained, 3 something was; 1 when an install hook reaches what was gained and
it is the network, another program, a credential or text that is run as code. What could not be
compared is said, and makes an exit status of 0 into 3.
`;

/** A person waits, and a bundle of megabytes takes its time. */
const TIMEOUT_MS = 120_000;

export const diffCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const options = { ...GLOBAL_OPTIONS, markdown: { type: "boolean" } } as const;
    const { values, positionals } = parseOptions(args, options);
    const globals = mergeGlobals(before, values);
    const [older, newer, ...more] = positionals;
    if (older === undefined || newer === undefined || more.length > 0) {
      throw new Failure("usage", "Say which two versions: veln diff OLD NEW.");
    }
    if (globals.json && values.markdown === true) {
      throw new Failure("usage", "Choose one of --json and --markdown.");
    }
    const sources = await openSources(globals, io);
    try {
      const from = await versionOf(older, sources, io);
      const to = await versionOf(newer, sources, io);
      const diff = await compared(from, to, sources);
      const view = globals.json ? "json" : values.markdown === true ? "markdown" : "text";
      io.stdout.write(shown(diff, from, to, view, { io, noColor: globals.noColor }));
      return exitOf(diff);
    } finally {
      await sources.close();
    }
  },
};

interface OpenedVersion extends SubjectFiles {
  readonly ref: PackageRef | undefined;
  /** As it was asked for: what stands in the report where there is no proper name. */
  readonly asked: string;
}

async function versionOf(asked: string, { registry }: Sources, io: Io): Promise<OpenedVersion> {
  const found = await filesOfSubject(asked, { registry, cwd: io.cwd });
  const { name, version } = found.manifest;
  const isNamed =
    name !== undefined && version !== undefined && isPackageName(name) && isExactVersion(version);
  return { ...found, asked, ref: isNamed ? npmRef(name, version) : undefined };
}

async function compared(
  from: OpenedVersion,
  to: OpenedVersion,
  { policy }: Sources,
): Promise<PackageDiff> {
  const pool = createWorkerPool(DIFF_WORKER, 1);
  try {
    const limits = { timeoutMs: TIMEOUT_MS, memoryMb: policy.limits.memoryMb };
    return await compareVersions(from, to, pool, limits);
  } finally {
    await pool.close();
  }
}

function shown(
  diff: PackageDiff,
  from: OpenedVersion,
  to: OpenedVersion,
  view: "json" | "markdown" | "text",
  { io, noColor }: { readonly io: Io; readonly noColor: boolean },
): string {
  const named = ({ ref, asked }: OpenedVersion, name: (ref: PackageRef) => string): string =>
    ref === undefined ? printable(asked, 200) : name(ref);
  if (view === "json") {
    const ends = { from: named(from, toPurl), to: named(to, toPurl) };
    return `${JSON.stringify(diffReport(diff, ends))}\n`;
  }
  const title = { from: named(from, label), to: named(to, label) };
  return view === "markdown"
    ? diffMarkdown(diff, title)
    : diffPage(diff, title, layoutFor(io.stdout, io.env, noColor));
}

const DANGEROUS_AT_INSTALL: ReadonlySet<Capability> = new Set([
  "network-out",
  "dns-lookup",
  "process-spawn",
  "credential-read",
  "dynamic-code",
]);

function exitOf({ gained, unknown }: PackageDiff): number {
  const isDangerous = gained.some(
    ({ capability, reachedFrom }) =>
      reachedFrom === "install-hook" && DANGEROUS_AT_INSTALL.has(capability),
  );
  if (isDangerous) return EXIT.blocked;
  return gained.length > 0 || unknown.length > 0 ? EXIT.warn : EXIT.fine;
}
