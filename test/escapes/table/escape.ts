import { join } from "node:path";
import type { DenialKind, Isolation, Layer } from "../../../src/act/sandbox/room.ts";
import type { World } from "../world.ts";

/** A layer, or what every isolation does: no rights of root, no foreign descriptors, nothing that stays. */
export type Wall = Layer | "every";

/** One thing that a script must not be able to do, and a program that tries it. */
export interface Escape {
  readonly id: string;
  /** What the program would have achieved. */
  readonly what: string;
  /** A file of `programs/`. */
  readonly program: string;
  /** Undefined where this machine cannot offer what would be reached. */
  readonly args: (world: World) => readonly string[] | undefined;
  /** What is changed by a success. It decides then, not what the program believes. */
  readonly changes?: (world: World) => string;
  /** Each of these is enough. */
  readonly deniedBy: readonly Wall[];
  /** Why it succeeds nevertheless where this isolation is all there is; docs/sandbox.md says so too. */
  readonly openUnder?: Partial<Record<Isolation["name"], string>>;
  readonly report: Report;
  /** Outside it succeeds only as root. */
  readonly bare?: "root";
  /** Not every machine has it; where it fails outside, that is said. */
  readonly mayLack?: true;
  /** What it needs around it; without one it runs after others, under a stand-in for a package manager. */
  readonly setting?: Setting;
}

/**
 * - `last`: once the others have been looked at, because it moves what they changed
 * - `alone`: the command itself, with a descriptor left open by whoever started it
 * - `terminal`: in a terminal
 * - `left-behind`: looked at again a while after the command has ended
 * - `limits`: the command itself, in a room with little of everything
 */
export type Setting = "last" | "alone" | "terminal" | "left-behind" | "limits";

/**
 * What the report has to hold, one of these; nothing where a namespace leaves nothing to be denied, as `unless` says.
 * A text says why it never holds anything.
 */
export type Report =
  | { readonly kinds: readonly DenialKind[]; readonly unless?: Layer }
  | { readonly none: string };

/** Files of another place do not exist, or may not be opened. */
export const FILES: readonly Wall[] = ["mounts", "landlock-files"];

/** Programs try newer calls first and fall back: as common as honest. */
export const NOT_OFFERED: Report = { none: "it is not offered, as on an older kernel" };

/** Below the project; made when everything in the setting `left-behind` has ended. */
export const ENDED = "batch/ended";

/** The descriptor that is open in the setting `alone`: the folder {@link World.outside}. */
export const LEFT_OPEN = 40;

/** Mounts deny; without them the keeper's answer does, which a program that races it can escape. */
export const ANSWERED: readonly Wall[] = ["mounts", "reports"];

export const kind = (kind: DenialKind, unless?: Layer): Report =>
  unless === undefined ? { kinds: [kind] } : { kinds: [kind], unless };
/** Where one isolation denies at the address and another at the call. */
export const either = (...kinds: readonly DenialKind[]): Report => ({ kinds });

export const inHome = (path: string) => (world: World) => join(world.home, path);
export const inProject = (path: string) => (world: World) => join(world.project, path);
export const outside = (path: string) => (world: World) => join(world.outside, path);
