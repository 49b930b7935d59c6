import type { JsonObject } from "../../model/canonical.ts";
import { DECISIONS } from "../../model/policy.ts";
import type { InstallOutcome } from "./summary.ts";
import { packageReport } from "./json.ts";
import { sandboxJson, type SandboxOutcome } from "./sandbox.ts";

export interface InstallReport {
  readonly outcomes: readonly (InstallOutcome & { readonly elapsedMs: number })[];
  readonly elapsedMs: number;
  /** Exit status of the package manager itself. */
  readonly code: number;
  /** Hosts that the package manager wanted to reach without the gate. */
  readonly pastTheGate: readonly string[];
  /** Undefined for what is the person's own and runs as such. */
  readonly sandbox: SandboxOutcome | undefined;
}

/** `veln --json npm …`: counts, and the whole report of every version that was not simply allowed. */
export function installJson({
  outcomes,
  elapsedMs,
  code,
  pastTheGate,
  sandbox,
}: InstallReport): JsonObject {
  const counts = DECISIONS.map((decision) => [
    decision,
    outcomes.filter(({ verdict }) => verdict.decision === decision).length,
  ]);
  return {
    examined: outcomes.filter(({ source }) => source === "examined").length,
    remembered: outcomes.filter(({ source }) => source === "remembered").length,
    decisions: Object.fromEntries(counts),
    packages: outcomes
      .filter(({ verdict }) => verdict.decision !== "allow")
      .map((outcome) => packageReport(outcome.verdict, { elapsedMs: outcome.elapsedMs })),
    pastTheGate,
    sandbox: sandbox === undefined ? null : sandboxJson(sandbox),
    clientExit: code,
    elapsedMs,
  };
}
