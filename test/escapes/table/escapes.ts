import type { Escape } from "./escape.ts";
import { KERNEL } from "./kernel.ts";
import { LIMITS } from "./limits.ts";
import { NETWORK, RING_OPENS } from "./network.ts";
import { PROCESSES } from "./processes.ts";
import { READS } from "./reads.ts";
import { WRITES } from "./writes.ts";

/** In the order in which they are tried: the ones that change the project come last. */
export const ESCAPES: readonly Escape[] = [
  ...READS,
  RING_OPENS,
  ...NETWORK,
  ...PROCESSES,
  ...KERNEL,
  ...WRITES,
  ...LIMITS,
];
