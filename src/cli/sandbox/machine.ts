import type { Capacity } from "../../act/sandbox/room.ts";
import type { Session } from "../session.ts";
import { chooseIsolation, type Choice } from "./choose.ts";

/** What this machine can do, each tried. */
export async function capacityHere(_cache: string): Promise<Capacity> {
  return { isolations: [], lacks: [] };
}

/** @throws Failure "sandbox-unavailable" where the policy asks for a sandbox and there is none */
export async function chooseHere({ policy, paths }: Session): Promise<Choice> {
  return chooseIsolation(policy.sandbox.mode, () => capacityHere(paths.cache));
}
