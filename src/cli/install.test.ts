import { describe, expect, it } from "vitest";
import { checkDeps } from "../../test/support/checking.ts";
import { fakeRegistry, HOUR_MS, NOW_MS, type FakeWorld } from "../../test/support/fake-registry.ts";
import { capturedIo } from "../../test/support/io.ts";
import { temporaryFolder } from "../../test/support/store.ts";
import { Failure } from "../model/failure.ts";
import { openStore } from "../store/store.ts";
import { runInstall } from "./install.ts";
import { pathsFrom } from "./paths.ts";
import type { Session } from "./session.ts";

const WORLD: FakeWorld = {
  packages: {
    good: { "1.0.0": {} },
    young: { "1.0.0": { ageMs: HOUR_MS } },
    bad: { "1.0.0": { bytes: Buffer.from("no archive") } },
  },
  failures: { down: new Failure("upstream-unavailable", "The registry is down.") },
};

/** A package manager that asks the gate for these paths and ends with this status. */
async function install(
  asked: readonly string[],
  clientExit: number,
  options: { readonly json?: boolean; readonly quiet?: boolean } = {},
) {
  const home = temporaryFolder();
  const io = capturedIo({ env: { HOME: home }, cwd: home });
  const store = await openStore(home, { clock: () => NOW_MS });
  const registry = fakeRegistry(WORLD);
  const check = checkDeps(registry);
  const session: Session = {
    paths: pathsFrom(io.env),
    policy: check.policy,
    npmConfig: undefined as unknown as Session["npmConfig"],
    registry,
    store,
    check,
    trust: { forRegistry: () => Promise.reject(new Error("nothing is to be verified")) },
    origins: check.origins,
    close: () => store.close(),
  };
  const { json = false, quiet = false } = options;
  const globals = { json, quiet, policyFile: undefined, offline: false, noColor: true };
  const statuses: number[] = [];
  const code = await runInstall(session, globals, io, { withToken: false }, async ({ url }) => {
    for (const path of asked) {
      const response = await fetch(`${url}${path}`);
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    return { code: clientExit, sandbox: undefined };
  });
  await session.close();
  return { code, statuses, printed: io.printed(), said: io.said() };
}

const tarballOf = (name: string): string => `${name}/-/${name}-1.0.0.tgz`;
const GOOD = tarballOf("good");
const YOUNG = tarballOf("young");
const BAD = tarballOf("bad");
const DOWN = tarballOf("down");

describe("the status of an install", () => {
  it.each<
    [
      what: string,
      asked: readonly string[],
      clientExit: number,
      statuses: readonly number[],
      code: number,
    ]
  >([
    ["fine", [GOOD], 0, [200], 0],
    ["the client's own", [GOOD], 7, [200], 7],
    ["hold, though the client passed over it", [GOOD, YOUNG], 0, [200, 503], 75],
    ["blocked above hold and above the client's own", [YOUNG, BAD, GOOD], 7, [503, 403, 200], 1],
    ["an outage when the client failed", [DOWN], 7, [502], 69],
    ["fine when the client came through an outage", [DOWN], 0, [502], 0],
    ["hold above an outage", [DOWN, YOUNG], 7, [502, 503], 75],
    ["blocked for what is no package", [GOOD, "good/-/other-1.0.0.tgz"], 0, [200, 403], 1],
  ])("is %s", async (_what, asked, clientExit, statuses, code) => {
    const ended = await install(asked, clientExit);
    expect({ statuses: ended.statuses, code: ended.code }).toEqual({ statuses, code });
  });
});

describe("the report of an install", () => {
  it("says nothing when nothing was asked", async () => {
    expect(await install([], 0)).toEqual({ code: 0, statuses: [], printed: "", said: "" });
  });

  it("shows a page for what was stopped, and only that when it is to be quiet", async () => {
    const quiet = await install([GOOD], 0, { quiet: true });
    expect([quiet.printed, quiet.said]).toEqual(["", ""]);
    const stopped = await install([GOOD, BAD], 1, { quiet: true });
    expect(stopped.printed).toBe("");
    expect(stopped.said).toContain("bad@1.0.0");
    expect(stopped.said).toContain("1 blocked");
  });

  it("is one JSON document, with the whole report of what was not allowed", async () => {
    const { printed } = await install([GOOD, YOUNG, DOWN], 1, { json: true });
    expect(printed.endsWith("}\n")).toBe(true);
    expect(JSON.parse(printed)).toMatchObject({
      examined: 2,
      remembered: 0,
      decisions: { allow: 1, warn: 0, hold: 1, block: 0 },
      packages: [{ ref: "pkg:npm/young@1.0.0", decision: "hold" }],
      clientExit: 1,
    });
  });
});
