import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  machineIsolations,
  roomGround,
  runInRoom,
  shell,
  smallRoom,
} from "../../../../test/support/room.ts";

const own = roomGround();
afterAll(() => own[Symbol.dispose]());
const isolations = await machineIsolations(own.own);

describe.skipIf(isolations.size === 0).each([...isolations.values()])(
  "a link that leads out of what may be changed, in a room of $name",
  (isolation) => {
    it("may be removed, moved and made anew, as what it stands in may be changed", async () => {
      using ground = roomGround();
      symlinkSync("/usr/bin/env", join(ground.project, "link"));
      const script = "rm link && ln -s /usr/bin/env link && mv link moved && rm moved && echo done";
      const run = await runInRoom(isolation, smallRoom(ground), shell(script));
      expect([run.output, run.complaint, run.report.denials]).toEqual(["done\n", "", []]);
    });

    it("still may not be written through", async () => {
      using ground = roomGround();
      symlinkSync("/usr/bin/env", join(ground.project, "link"));
      const run = await runInRoom(isolation, smallRoom(ground), shell("echo x >> link"));
      expect([run.status === 0, run.report.denials]).toMatchObject([
        false,
        [
          {
            kind: "file-write",
            target: join(ground.project, "link"),
            by: undefined,
            program: "sh",
          },
        ],
      ]);
    });
  },
);
