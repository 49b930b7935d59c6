import type { RoomLimits } from "../../room.ts";

/** What Veln tells a keeper in Node, by its descriptor 3, as JSON. */
export interface PlainPlan {
  /** The command line that builds the room, up to the first program in it. */
  readonly launcher: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  /** Trees whose file systems may fill by so much. */
  readonly writable: readonly string[];
  readonly limits: RoomLimits;
}

/** What the keeper says to the first process of the room, which has no arguments that others could read. */
export interface InsidePlan {
  readonly ports: readonly number[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}
