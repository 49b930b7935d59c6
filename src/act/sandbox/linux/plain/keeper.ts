/**
 * The keeper of a room where the native helper cannot be built. It starts the room, joins its ports to
 * the machine's, passes signals on and watches limits; of denials it learns nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, statfsSync, writeSync } from "node:fs";
import { connect, Server, type Socket } from "node:net";
import { constants } from "node:os";
import { looksInto } from "./processes.ts";
import type { InsidePlan, PlainPlan } from "./plan.ts";

const PLAN_FD = 3;
const REPORTS_FD = 4;
const FILTER_FD = 5;
const LOOK_EVERY_MS = 200;
const NOT_STARTED_STATUS = 125;
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

// Written by Veln a moment ago, into a file without a name.
const plan: PlainPlan = JSON.parse(readFileSync(PLAN_FD, "utf8"));
const owner = process.ppid;
const room = start();
const usedBefore = new Map(plan.writable.map((path) => [path, usedBytes(path)]));
const startedAt = performance.now();
let over: string | undefined;
for (const signal of PASSED_ON) process.on(signal, () => passOn(signal));
setInterval(lookAtLimits, LOOK_EVERY_MS).unref();

function start(): ChildProcess {
  const [program = "", ...args] = plan.launcher;
  // A session of its own: a signal to the terminal's process group is not for the launcher.
  const child = spawn(program, args, {
    detached: true,
    env: {},
    stdio: ["inherit", "inherit", "inherit", "ipc", FILTER_FD],
  });
  child.once("error", (error) => {
    writeReport("not-started", error.message);
    process.exit(NOT_STARTED_STATUS);
  });
  child.once("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
  child.on("message", (said: { readonly port: number }, handle) => {
    if (handle instanceof Server) join(said.port, handle);
    child.send("taken");
  });
  const { ports, command, environment } = plan;
  child.send({ ports, command, environment } satisfies InsidePlan);
  return child;
}

function join(port: number, server: Server): void {
  server.on("connection", (inside: Socket) => {
    const outside = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    inside.allowHalfOpen = true;
    inside.pipe(outside).pipe(inside);
    inside.on("error", () => outside.destroy());
    outside.on("error", () => inside.destroy());
  });
}

function passOn(signal: NodeJS.Signals): void {
  const [, command] = looksInto(room.pid ?? 0).map(({ pid }) => pid);
  if (command !== undefined) process.kill(command, signal);
}

function lookAtLimits(): void {
  const { limits } = plan;
  if (process.ppid !== owner) end(undefined);
  const tookMs = performance.now() - startedAt;
  if (limits.timeoutMs !== undefined && tookMs > limits.timeoutMs) end("time");
  for (const [path, before] of usedBefore) {
    if (usedBytes(path) > before + limits.diskBytesMax) end("disk");
  }
  const processes = looksInto(room.pid ?? 0);
  if (processes.length > limits.processesMax) end("processes");
  const memoryBytes = processes.reduce((sum, { ownBytes }) => sum + ownBytes, 0);
  if (memoryBytes > limits.memoryBytesMax) end("memory");
}

function usedBytes(path: string): number {
  const { blocks, bfree, bsize } = statfsSync(path);
  return (blocks - bfree) * bsize;
}

/** The launcher takes the room with it when it is killed. */
function end(limit: string | undefined): void {
  if (limit !== undefined && over === undefined) writeReport("limit", limit);
  over ??= limit;
  room.kill("SIGKILL");
}

/** In the format of `room/reports.c`. */
function writeReport(kind: string, target: string): void {
  writeSync(REPORTS_FD, `${kind} 1 ${Buffer.from(target).toString("hex")} - -\n`);
}
