import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { createMachine, velnCommand, type Machine } from "../support/machine.ts";
import type { Fault } from "../support/registry/faults.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import {
  startRegistry,
  tarballsAsked,
  type FixtureRegistry,
} from "../support/registry/registry.ts";
import { soundStore } from "../support/store.ts";

const MARKER = "6d61726b65722d6f662d6c617465";
const EARLY: FixturePackage = { name: "early", versions: { "1.0.0": {} } };
const LATE: FixturePackage = {
  name: "late",
  versions: { "1.0.0": { files: { "marker.txt": MARKER } } },
};
const PACKUMENT = "/late";
const TARBALL = "/late/-/late-1.0.0.tgz";
/** npm's own settings for patience, which hold for the way from the gate to the registry as well. */
const IMPATIENT = ["fetch-retries=2", "fetch-retry-mintimeout=10", "fetch-retry-maxtimeout=50"];

async function setUp(): Promise<{ registry: FixtureRegistry; machine: Machine }> {
  const registry = await startRegistry({ packages: [EARLY, LATE] });
  const manifest = { dependencies: { early: "1.0.0", late: "1.0.0" } };
  return { registry, machine: await createMachine(registry, { manifest, npmrc: IMPATIENT }) };
}

async function storeOf(machine: Machine): Promise<object> {
  return soundStore(join(machine.home, ".local/share/veln"));
}

describe("trouble with the registry", { timeout: 60_000 }, () => {
  it.each<readonly [what: string, path: string, fault: Fault, sentence: RegExp]>([
    ["a tarball is cut in the middle", TARBALL, { cutAfterBytes: 700 }, /sent|broke|closed|cut/],
    ["a tarball is shorter than announced", TARBALL, { lengthOffBy: 5 }, /sent|broke|closed|cut/],
    ["a document is cut in the middle", PACKUMENT, { cutAfterBytes: 300 }, /sent|broke|closed|cut/],
    [
      "a document is not JSON",
      PACKUMENT,
      { headers: { "content-encoding": "gzip" } },
      /decompress/,
    ],
    ["it answers 503 for ever", TARBALL, { status: 503 }, /answered 503/],
    [
      "it wants to be asked in an hour",
      PACKUMENT,
      { status: 429, headers: { "retry-after": "3600" } },
      /answered 429/,
    ],
  ])("fails the install and harms nothing when %s", async (_, path, fault, sentence) => {
    const { registry, machine } = await setUp();
    registry.misbehave(path, fault);
    const failed = await machine.veln("npm", "install");
    const left = machine.traces(MARKER);
    registry.behave(path);
    const again = await machine.veln("npm", "install");

    expect(failed).toMatchObject({ code: 69, signal: null });
    expect(failed.stderr).toMatch(/npm error code E502/);
    expect(failed.stderr).toMatch(sentence);
    expect(left).toEqual([]);
    expect(again).toMatchObject({ code: 0 });
    expect(machine.has("node_modules/late/marker.txt")).toBe(true);
    expect(await storeOf(machine)).toEqual({ rows: 2, origins: 0, unfinished: [] });
  });

  it("does not take a tarball that goes on after its announced end", async () => {
    const { registry, machine } = await setUp();
    registry.misbehave(TARBALL, { lengthOffBy: -5 });
    const run = await machine.veln("npm", "install");
    expect(run).toMatchObject({ signal: null });
    expect([1, 69]).toContain(run.code);
    expect(machine.traces(MARKER)).toEqual([]);
  });

  it.each<readonly [what: string, fault: Fault, asked: number]>([
    ["it is slow", { delayMs: 1500 }, 1],
    ["it answers 500 twice", { status: 500, times: 2 }, 3],
    [
      "it wants to be asked in a second",
      { status: 429, headers: { "retry-after": "1" }, times: 1 },
      2,
    ],
    ["it breaks off once", { cutAfterBytes: 100, times: 1 }, 2],
  ])("installs all the same when %s", async (_, fault, asked) => {
    const { registry, machine } = await setUp();
    registry.misbehave(TARBALL, fault);
    const run = await machine.veln("npm", "install");
    expect(run).toMatchObject({ code: 0, signal: null });
    expect(tarballsAsked(registry).filter((path) => path === TARBALL)).toHaveLength(asked);
    expect(machine.has("node_modules/late/marker.txt")).toBe(true);
  });
});

describe("a gate that is killed in the middle of an install", { timeout: 60_000 }, () => {
  it("leaves nothing that it had not allowed, and a second try works", async () => {
    const { registry, machine } = await setUp();
    registry.misbehave(TARBALL, { until: new Promise(() => undefined) });
    const { child, ended } = machine.start(velnCommand("npm", "install"));
    await vi.waitFor(() => expect(tarballsAsked(registry)).toContain(TARBALL), 30_000);
    child.kill("SIGKILL");
    // The output ends with npm, which ends with Veln: the sandbox lets nothing outlive it.
    const killed = await ended;
    const left = machine.traces(MARKER);
    const installed = machine.has("node_modules/late/package.json");

    registry.behave(TARBALL);
    const again = await machine.veln("npm", "install");
    expect(killed).toMatchObject({ code: null, signal: "SIGKILL" });
    expect([left, installed]).toEqual([[], false]);
    expect(again).toMatchObject({ code: 0 });
    expect(Object.keys(machine.tree("node_modules"))).toEqual([
      ".package-lock.json",
      "early/index.js",
      "early/package.json",
      "late/index.js",
      "late/marker.txt",
      "late/package.json",
    ]);
    expect(await storeOf(machine)).toEqual({ rows: 2, origins: 0, unfinished: [] });
  });

  // npm lets what it has begun to fetch come to an end first, with Veln and without.
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends npm and itself on %s, though the registry is silent", async (signal, code) => {
    const { registry, machine } = await setUp();
    registry.misbehave(TARBALL, { until: new Promise(() => undefined) });
    const { child, ended } = machine.start(velnCommand("npm", "install"));
    await vi.waitFor(() => expect(tarballsAsked(registry)).toContain(TARBALL), 30_000);
    child.kill(signal);
    expect(await ended).toMatchObject({ code, signal: null });
    expect(machine.traces(MARKER)).toEqual([]);
    expect(await storeOf(machine)).toMatchObject({ unfinished: [] });
  });
});
