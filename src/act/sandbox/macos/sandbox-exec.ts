import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../../model/failure.ts";
import type { Enclosure, Isolation, Lack, Room, RoomCommand } from "../room.ts";
import { profileOf } from "./profile.ts";

const SANDBOX_EXEC = "/usr/bin/sandbox-exec";
const TRIAL_TIMEOUT_MS = 10_000;

/**
 * Isolation by macOS's own sandbox, found by denying a program everything but to start. Written from
 * Apple's profiles and tested as text; it has not run on a Mac yet.
 */
export async function trySandboxExec(program = SANDBOX_EXEC): Promise<Isolation | Lack> {
  const trial = ["-p", "(version 1)(allow default)(deny network*)", "/usr/bin/true"];
  try {
    await promisify(execFile)(program, trial, { timeout: TRIAL_TIMEOUT_MS });
  } catch (error) {
    return {
      what: "sandbox-exec",
      why: `${program} does not start a program here: ${messageOf(error).split("\n")[0] ?? ""}.`,
      remedy:
        "It is part of macOS; inside another sandbox it cannot start one, so run Veln outside of that.",
    };
  }
  return {
    name: "sandbox-exec",
    layers: ["seatbelt"],
    enclose: (room, command) => enclose(program, room, command),
  };
}

async function enclose(program: string, room: Room, command: RoomCommand): Promise<Enclosure> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "veln-room-"));
  const home = join(folder, "home");
  const profile = join(folder, "room.sb");
  await writeFile(profile, profileOf(room, home), { mode: 0o600 });
  await mkdir(home, { mode: 0o700 });
  await showIn(home, room);
  return {
    program,
    args: ["-f", profile, command.program, ...command.args],
    environment: { ...room.environment, HOME: home, TMPDIR: home },
    descriptors: [],
    close: async () => {
      await rm(folder, { recursive: true, force: true });
      // The system writes denials into its log, which only administrators read.
      return { denials: [], denialsDropped: 0, notStarted: undefined, altered: [] };
    },
  };
}

/** Files that are to be seen in the room's home, put into the folder that stands in for it. */
async function showIn(home: string, room: Room): Promise<void> {
  for (const [place, file] of Object.entries(room.shown)) {
    const inside = relative(room.home, place);
    if (inside.startsWith("..")) continue;
    await mkdir(dirname(join(home, inside)), { recursive: true });
    await cp(file, join(home, inside));
  }
}
