import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readArchive } from "../acquire/archive/read-archive.ts";
import { styled } from "../act/report/layout.ts";
import { provenanceLines, provenanceReport } from "../act/report/provenance.ts";
import { builderRulesFor, manifestOf } from "../check.ts";
import { Failure, messageOf } from "../model/failure.ts";
import { label, npmRef, toPurl, type PackageRef } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { PackageEvidence } from "../model/provenance.ts";
import { verifyAttestations } from "../provenance/attestations.ts";
import { readBundle } from "../provenance/bundle.ts";
import { statementIn } from "../provenance/statement.ts";
import { verification } from "../provenance/verification.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { EXIT } from "./exit.ts";
import { layoutFor, type Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { openSources, type Sources } from "./session.ts";

const USAGE = `Usage: veln provenance verify [--attestations FILE] [--json] TARBALL

Whether these bytes are the ones that a build attested: name and version are those of the tarball's
package.json, the digest is computed over the file.

  --attestations FILE   a registry's attestations, or one Sigstore bundle; with it nothing is asked of
                        a registry. Without it, the registry is asked for that name and version.

Exit status: 0 the provenance verified, 1 it did not or there is none, 69 it could not be asked for.
`;

const OPTIONS = { ...GLOBAL_OPTIONS, attestations: { type: "string" } } as const;

interface Tarball {
  readonly ref: PackageRef;
  readonly sha512: string;
}

export const verifyCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const globals = mergeGlobals(before, values);
    const [path, ...rest] = positionals;
    if (path === undefined || rest.length > 0) {
      throw new Failure("usage", "Say which tarball: veln provenance verify TARBALL.");
    }
    const tarball = await tarballAt(resolve(io.cwd, path));
    const sources = await openSources(globals, io);
    try {
      const evidence = await evidenceOf(tarball, values.attestations, sources, io);
      show(tarball, evidence, globals, io);
      return exitOf(evidence);
    } finally {
      await sources.close();
    }
  },
};

async function tarballAt(path: string): Promise<Tarball> {
  const bytes = readGiven(path);
  const files = await readArchive(bytes);
  const entry = files.get("package.json");
  const manifest = entry === undefined ? undefined : manifestOf(files.text(entry));
  if (manifest?.name === undefined || manifest.version === undefined) {
    throw new Failure("usage", `${path} holds no package.json with name and version.`, { path });
  }
  return {
    ref: npmRef(manifest.name, manifest.version),
    sha512: createHash("sha512").update(bytes).digest("hex"),
  };
}

async function evidenceOf(
  tarball: Tarball,
  given: string | undefined,
  sources: Sources,
  io: Io,
): Promise<PackageEvidence> {
  const unasked = { state: "unknown", why: "it is the registry's to say" } as const;
  const base = sources.registry.baseUrl(tarball.ref.name);
  const text =
    given === undefined
      ? await sources.registry.attestations(tarball.ref)
      : documentFrom(readGiven(resolve(io.cwd, given)).toString("utf8"));
  const rest = { registrySignature: unasked, trustedPublisher: undefined };
  if (text === undefined) return { publish: ABSENT, provenance: ABSENT, ...rest };
  const { keys, root } = await sources.trust.forRegistry(base);
  const trust = { root, keyFor: (hint: string) => keys.keyFor("npm:attestations", hint) };
  const rules = builderRulesFor(base, sources.policy);
  return { ...verifyAttestations(text, tarball, trust, rules), ...rest };
}

const ABSENT = { state: "absent" } as const;

/** One bundle is handed on as a registry would: with the label that its own statement gives it. */
function documentFrom(text: string): string {
  const labelled = verification(() => {
    const { content } = readBundle(text);
    return content.kind === "envelope" ? statementIn(content).predicateType : undefined;
  });
  if (labelled.state === "failed" || labelled.value === undefined) return text;
  const predicateType = JSON.stringify(labelled.value);
  return `{"attestations":[{"predicateType":${predicateType},"bundle":${text}}]}`;
}

function readGiven(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = printable(messageOf(error), 200);
    throw new Failure("usage", `${printable(path)} cannot be read: ${why}.`, { path }, error);
  }
}

function exitOf({ provenance, publish }: PackageEvidence): number {
  if (provenance.state === "verified" && publish.state !== "failed") return EXIT.fine;
  return provenance.state === "unknown" ? EXIT.unavailable : EXIT.blocked;
}

function show(tarball: Tarball, evidence: PackageEvidence, globals: GlobalOptions, io: Io): void {
  if (globals.json) {
    const report = { ref: toPurl(tarball.ref), sha512: tarball.sha512 };
    io.stdout.write(`${JSON.stringify({ ...report, ...provenanceReport(evidence) })}\n`);
    return;
  }
  const layout = layoutFor(io.stdout, io.env, globals.noColor);
  const lines = [styled("bold", label(tarball.ref), layout), ...provenanceLines(evidence, layout)];
  io.stdout.write(`${lines.join("\n")}\n`);
}
