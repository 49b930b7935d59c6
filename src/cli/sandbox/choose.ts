import type { Capacity, Isolation } from "../../act/sandbox/room.ts";
import { Failure } from "../../model/failure.ts";
import type { SandboxMode } from "../../model/policy.ts";

/** What a command is to run in; undefined with the person's own rights. */
export interface Choice {
  readonly mode: SandboxMode;
  readonly isolation: Isolation | undefined;
  readonly lacks: Capacity["lacks"];
}

/**
 * The best there is, or what the policy says where there is nothing.
 *
 * @throws Failure "sandbox-unavailable" where the policy asks for one
 */
export async function chooseIsolation(
  mode: SandboxMode,
  capacity: () => Promise<Capacity>,
): Promise<Choice> {
  if (mode === "off") return { mode, isolation: undefined, lacks: [] };
  const { isolations, lacks } = await capacity();
  const [isolation] = isolations;
  if (isolation !== undefined || mode === "prefer") return { mode, isolation, lacks };
  const why = lacks.map(({ why: reason }) => reason).join(" ");
  throw new Failure(
    "sandbox-unavailable",
    `Nothing on this machine can isolate install scripts. ${why} veln doctor says what to do; sandbox.mode = "prefer" in the policy runs them with your own rights instead.`,
  );
}
