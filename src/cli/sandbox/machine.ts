import { join } from "node:path";
import type { Capacity } from "../../act/sandbox/room.ts";
import type { Session } from "../session.ts";
import { chooseIsolation, type Choice } from "./choose.ts";

/**
 * What this machine can do, each tried.
 *
 * @param cache Veln's own cache folder, in which a helper is kept that has to be built once
 * @param wanted the best alone, for a command that waits, or all there are
 */
export async function capacityHere(cache: string, wanted: "best" | "all"): Promise<Capacity> {
  switch (process.platform) {
    case "linux": {
      const { linuxCapacity } = await import("../../act/sandbox/linux/detect.ts");
      return linuxCapacity(join(cache, "sandbox"), wanted);
    }
    case "darwin": {
      const { trySandboxExec } = await import("../../act/sandbox/macos/sandbox-exec.ts");
      const found = await trySandboxExec();
      return "remedy" in found
        ? { isolations: [], lacks: [found] }
        : { isolations: [found], lacks: [] };
    }
    case "win32":
      return (await import("../../act/sandbox/windows/capacity.ts")).WINDOWS_CAPACITY;
    default:
      return { isolations: [], lacks: [UNKNOWN_SYSTEM] };
  }
}

const UNKNOWN_SYSTEM = {
  what: "isolation",
  why: `Veln knows no sandbox for ${process.platform}.`,
  remedy: "Work inside a Linux container.",
};

/** @throws Failure "sandbox-unavailable" where the policy asks for a sandbox and there is none */
export async function chooseHere({ policy, paths }: Session): Promise<Choice> {
  return chooseIsolation(policy.sandbox.mode, () => capacityHere(paths.cache, "best"));
}
