import { provenanceLines, provenanceReport } from "../act/report/provenance.ts";
import { styled } from "../act/report/layout.ts";
import { builderRulesFor } from "../check.ts";
import { Failure, isFailure } from "../model/failure.ts";
import { label, toPurl, type PackageRef } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { PackageEvidence } from "../model/provenance.ts";
import { compareDigests, toSri } from "../model/digests.ts";
import { gatherEvidence } from "../provenance/package-evidence.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { EXIT, EXIT_OF_FAILURE, worstExit } from "./exit.ts";
import { layoutFor, type Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { openSources, type Sources } from "./session.ts";
import { resolveSpec } from "./subject.ts";

const USAGE = `Usage: veln provenance view [--json] SPEC …

Where a version of the registry comes from: the commit, workflow and build that its provenance proves,
the registry's own attestation and signature, each verified; or the step at which it fails, and what
that means. The tarball is fetched, so that what is shown is about its bytes.

  SPEC    express, express@5, @scope/name@^1.2.0

Exit status: 0 nothing failed, 1 something did, 69 the registry could not be asked.
`;

interface Answer {
  readonly ref: PackageRef;
  readonly evidence: PackageEvidence;
}

export const viewCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const { values, positionals } = parseOptions(args, GLOBAL_OPTIONS);
    const globals = mergeGlobals(before, values);
    if (positionals.length === 0) {
      throw new Failure("usage", "Say which package: veln provenance view SPEC.");
    }
    const sources = await openSources(globals, io);
    try {
      return await viewAll(positionals, sources, globals, io);
    } finally {
      await sources.close();
    }
  },
};

async function viewAll(
  specs: readonly string[],
  sources: Sources,
  globals: GlobalOptions,
  io: Io,
): Promise<number> {
  const answers: (Answer | Failure)[] = [];
  for (const spec of specs) {
    const answer = await answerOn(spec, sources);
    answers.push(answer);
    if (!globals.json) show(answer, spec, globals, io);
  }
  if (globals.json) {
    const reports = answers.map(reportOf);
    io.stdout.write(`${JSON.stringify(specs.length === 1 ? reports[0] : reports)}\n`);
  }
  return worstExit(answers.map(exitOf));
}

/** One package that cannot be looked at does not keep the others from being shown. */
async function answerOn(spec: string, sources: Sources): Promise<Answer | Failure> {
  try {
    const ref = await resolveSpec(spec, sources.registry);
    return { ref, evidence: await evidenceOf(ref, sources) };
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
}

async function evidenceOf(ref: PackageRef, sources: Sources): Promise<PackageEvidence> {
  const { policy, registry, trust } = sources;
  const packument = await registry.packument(ref.name);
  const release = packument?.release(ref.version);
  const tarball = release === undefined ? undefined : await registry.tarball(release);
  if (packument === undefined || release === undefined || tarball === undefined) {
    throw new Failure("not-found", `${label(ref)} is not in the registry.`);
  }
  if (compareDigests(tarball.digests, release.integrity) === "different") {
    const found = toSri(tarball.digests);
    const message = `The bytes of ${label(ref)} are not what the registry says: they are ${found}.`;
    throw new Failure("bad-archive", message, { package: label(ref), rule: "integrity" });
  }
  const base = registry.baseUrl(ref.name);
  const rules = builderRulesFor(base, policy);
  return gatherEvidence(
    { release, isSigned: packument.isSigned, sha512: tarball.digests.sha512, rules },
    {
      trust: () => trust.forRegistry(base),
      fetchAttestations: (asked) => registry.attestations(asked),
    },
  );
}

function exitOf(answer: Answer | Failure): number {
  if (answer instanceof Failure) return EXIT_OF_FAILURE[answer.code];
  const { provenance, publish, registrySignature } = answer.evidence;
  const failed = [provenance, publish, registrySignature].some(({ state }) => state === "failed");
  return failed ? EXIT.blocked : EXIT.fine;
}

function show(answer: Answer | Failure, spec: string, globals: GlobalOptions, io: Io): void {
  if (answer instanceof Failure) {
    io.stderr.write(`veln: ${printable(`${spec}: ${answer.message}`, 2000)}\n`);
    return;
  }
  const layout = layoutFor(io.stdout, io.env, globals.noColor);
  const lines = [
    styled("bold", label(answer.ref), layout),
    ...provenanceLines(answer.evidence, layout),
  ];
  io.stdout.write(`${lines.join("\n")}\n`);
}

function reportOf(answer: Answer | Failure): object {
  if (answer instanceof Failure) {
    return { error: { code: answer.code, message: answer.message, ...answer.detail } };
  }
  return { ref: toPurl(answer.ref), ...provenanceReport(answer.evidence) };
}
