import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RoomGround, roomGround } from "../../../../test/support/room.ts";
import type { Capacity } from "../room.ts";
import { linuxCapacity } from "./detect.ts";
import { type FindProgram, findSystemProgram } from "./system-program.ts";

const isReady =
  process.platform === "linux" &&
  ["bwrap", "cc", "prlimit"].every((name) => findSystemProgram(name) !== undefined);

function without(...missing: readonly string[]): FindProgram {
  return (...names) =>
    names.some((name) => missing.includes(name)) ? undefined : findSystemProgram(...names);
}

function namesOf({ isolations }: Capacity): readonly string[] {
  return isolations.map(({ name }) => name);
}

describe.skipIf(!isReady)("what this machine can enforce (needs bwrap, cc and prlimit)", () => {
  let ground: RoomGround;

  beforeAll(() => {
    ground = roomGround();
  });
  afterAll(() => ground[Symbol.dispose]());

  it("is found by trying, and each layer by what it forbids", async () => {
    const { isolations, lacks } = await linuxCapacity(ground.own);
    expect(lacks).toEqual([]);
    expect(isolations.map(({ name, layers }) => ({ name, layers }))).toEqual([
      {
        name: "bubblewrap",
        layers: ["mounts", "processes", "ipc", "network", "system-calls", "limits", "reports"],
      },
      {
        name: "landlock",
        layers: expect.arrayContaining([
          ...["network", "system-calls", "landlock-files", "limits", "reports"],
        ]),
      },
    ]);
    // The trials leave the helper, an empty file, and an empty journal.
    expect(readdirSync(ground.own).filter((name) => /^(trial|home|build)-/.test(name))).toEqual([]);
  });

  it("is tried no further than the best when an install waits", async () => {
    expect(namesOf(await linuxCapacity(ground.own, "best"))).toEqual(["bubblewrap"]);
  });

  it("is Landlock where there is no bubblewrap, and says what to install", async () => {
    const capacity = await linuxCapacity(ground.own, "best", without("bwrap"));
    expect(namesOf(capacity)).toEqual(["landlock"]);
    expect(capacity.lacks).toEqual([
      {
        what: "bubblewrap",
        why: "There is no bwrap in the system's folders.",
        remedy: "Install bubblewrap, such as with apt install bubblewrap.",
      },
    ]);
  });

  it("is bubblewrap without reports where no helper can be built, and says so", async () => {
    using fresh = roomGround();
    const capacity = await linuxCapacity(fresh.own, "all", without("cc"));
    expect(capacity.isolations.map(({ name, layers }) => ({ name, layers }))).toEqual([
      {
        name: "bubblewrap",
        layers: ["mounts", "processes", "ipc", "network", "system-calls", "limits"],
      },
    ]);
    expect(capacity.lacks.map(({ what }) => what)).toEqual(["helper", "landlock"]);
  });

  it("is nothing where there is neither, with what to do about each", async () => {
    using fresh = roomGround();
    const capacity = await linuxCapacity(fresh.own, "all", without("bwrap", "cc"));
    expect(capacity.isolations).toEqual([]);
    expect(capacity.lacks.map(({ what }) => what)).toEqual(["helper", "bubblewrap", "landlock"]);
  });

  it("is Landlock where user namespaces are off", async () => {
    const script = `
      const { linuxCapacity } = await import(${JSON.stringify(new URL("./detect.ts", import.meta.url).href)});
      const { isolations, lacks } = await linuxCapacity(${JSON.stringify(ground.own)});
      console.log(JSON.stringify([isolations.map(({ name }) => name), lacks.map(({ what }) => what)]));`;
    // A user namespace of the test's own, in which no other can be made: the machine is left alone.
    const { stdout } = await promisify(execFile)("unshare", [
      ...["-Ur", "sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"],
      ...[process.execPath, "--no-warnings", "--input-type=module", "-e", script],
    ]);
    expect(JSON.parse(stdout)).toEqual([["landlock"], ["bubblewrap"]]);
  });
});
