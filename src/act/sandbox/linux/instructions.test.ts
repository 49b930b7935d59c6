import { execFileSync } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { roomGround, smallRoom } from "../../../../test/support/room.ts";
import { namelessFile } from "./enclosure.ts";
import { findOrBuildHelper } from "./helper.ts";
import { encodeInstructions, type Instructions } from "./instructions.ts";
import { filterOf } from "./seccomp.ts";

const ground = roomGround();
afterAll(() => ground[Symbol.dispose]());
const helper = await findOrBuildHelper(ground.own);

/** What the helper says that it was told. */
function readBack(bytes: Uint8Array): string {
  if (helper.kind !== "ready") throw new Error(helper.why);
  const told = namelessFile(ground.own);
  try {
    writeSync(told, bytes);
    return execFileSync(helper.path, ["print"], {
      stdio: ["ignore", "pipe", "pipe", told],
    }).toString();
  } finally {
    closeSync(told);
  }
}

const filter = filterOf({ architecture: "x64", keeper: true, ownNamespaces: true });

function instructions(change: Partial<Instructions>): Instructions {
  const room = smallRoom(ground, {
    loopbackPorts: [4873, 8080],
    guarded: ["/home/dev/p/.git/hooks/"],
  });
  const command = { program: "node", args: ["-e", "1"] };
  return { room, command, filter, listens: true, launcher: [], placeholders: [], ...change };
}

describe.skipIf(helper.kind !== "ready")("instructions for the native helper (needs cc)", () => {
  it("are understood as they were meant", () => {
    const it = instructions({
      launcher: ["/usr/bin/bwrap", "--"],
      placeholders: ["/home/dev/p/.vscode/"],
    });
    expect(
      readBack(encodeInstructions(it))
        .split("\n")
        .filter((line) => !line.startsWith("denied")),
    ).toEqual([
      "launcher /usr/bin/bwrap",
      "launcher --",
      "command node",
      "command -e",
      "command 1",
      `environment PATH=${it.room.environment["PATH"] ?? ""}`,
      `environment HOME=${ground.home}`,
      ...it.room.readable.map((path) => `readable ${path}`),
      `writable ${ground.project}`,
      "guarded /home/dev/p/.git/hooks",
      "placeholder /home/dev/p/.vscode/",
      `folder ${ground.project}`,
      "port 4873",
      "port 8080",
      `filter ${String(filter.program.length / 8)}`,
      "listens 1",
      "processes 64",
      "memory 1073741824",
      "file 16777216",
      "disk 1073741824",
      "timeout 20000",
      "",
    ]);
  });

  it("keep every text whole", () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((value) => !/[\0\n]/.test(value));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), (args) => {
        const it = instructions({ command: { program: "x", args } });
        const lines = readBack(encodeInstructions(it)).split("\n");
        const read = lines
          .filter((line) => line.startsWith("command "))
          .map((line) => line.slice(8));
        expect(read).toEqual(["x", ...args]);
      }),
      { numRuns: 20 },
    );
  });

  it("are refused whole when they are cut short or longer than they say", () => {
    const whole = encodeInstructions(instructions({}));
    const cut = fc.nat(whole.length - 1);
    fc.assert(
      fc.property(cut, (length) => {
        expect(() => readBack(whole.subarray(0, length))).toThrow(
          "the instructions cannot be used",
        );
      }),
      { numRuns: 20 },
    );
    expect(() => readBack(Buffer.concat([whole, Buffer.from("x\0\0\0\0")]))).toThrow(
      "something follows their end",
    );
  });

  it("cannot be written with a NUL in a text", () => {
    const it = instructions({ command: { program: "a\0b", args: [] } });
    expect(() => encodeInstructions(it)).toThrow(TypeError);
  });
});
