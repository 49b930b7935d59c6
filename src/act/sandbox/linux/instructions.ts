import type { Room, RoomCommand } from "../room.ts";
import type { Filter } from "./seccomp.ts";

/**
 * What the native helper is told, in the format that `room/instructions.c` reads: a first line, then
 * records of a tag, a length (32 bits, little endian) and that many bytes. Texts end in a NUL. The
 * last record is empty and says that none is missing.
 */

export interface Instructions {
  readonly room: Room;
  readonly command: RoomCommand;
  readonly filter: Filter;
  /** Whether the filter asks the keeper; its listener is handed over then. */
  readonly listens: boolean;
  /** The command line that builds the room around the helper; none where Landlock does. */
  readonly launcher: readonly string[];
  /** What was made for the room and has to go with it, parents first; folders end in a slash. */
  readonly placeholders: readonly string[];
}

const FIRST_LINE = "veln room 1\n";

/** @throws TypeError when a text holds a NUL, which no path, argument or variable can */
export function encodeInstructions(it: Instructions): Buffer {
  const { room, command, filter } = it;
  return Buffer.concat([
    Buffer.from(FIRST_LINE),
    ...texts("L", it.launcher),
    ...texts("c", [command.program, ...command.args]),
    ...texts(
      "e",
      Object.entries(room.environment).map(([name, value]) => `${name}=${value}`),
    ),
    ...texts("r", room.readable),
    ...texts("w", room.writable),
    ...texts(
      "g",
      room.guarded.map((path) => path.replace(/\/$/, "")),
    ),
    ...texts("h", it.placeholders),
    text("d", room.workingFolder),
    ...room.loopbackPorts.map((port) => number("p", port)),
    ...filter.denied.map((call) => deniedCall(call.number, call.error, call.name)),
    record("b", filter.program),
    number("i", it.listens ? 1 : 0),
    number("P", room.limits.processesMax),
    number("M", room.limits.memoryBytesMax),
    number("F", room.limits.fileBytesMax),
    number("D", room.limits.diskBytesMax),
    number("T", room.limits.timeoutMs ?? 0),
    record("z", Buffer.alloc(0)),
  ]);
}

function record(tag: string, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(tag, "latin1");
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function text(tag: string, value: string): Buffer {
  if (value.includes("\0")) throw new TypeError("A text for the room holds a NUL.");
  return record(tag, Buffer.from(`${value}\0`));
}

function texts(tag: string, values: readonly string[]): readonly Buffer[] {
  return values.map((value) => text(tag, value));
}

function number(tag: string, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return record(tag, bytes);
}

function deniedCall(callNumber: number, error: number, name: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(callNumber);
  bytes.writeUInt32LE(error, 4);
  return record("n", Buffer.concat([bytes, Buffer.from(`${name}\0`)]));
}
