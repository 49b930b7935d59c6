import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../model/canonical.ts";
import { Failure } from "../../model/failure.ts";
import { ask, HOUR_MS, NOW_MS, playGate, refusal } from "../../../test/support/gate.ts";
import type { Admission } from "./gate.ts";

const NPM = { "user-agent": "npm/12.2.0 node/v24.21.0" };
const SHORT = { accept: "application/vnd.npm.install-v1+json; q=1.0, */*" };

const manifest = (name: string, version: string): JsonObject => ({
  name,
  version,
  dist: { tarball: `https://registry.invalid/${name}/-/${name}-${version}.tgz` },
});

const THING: JsonObject = {
  name: "thing",
  "dist-tags": { latest: "1.1.0" },
  versions: { "1.0.0": manifest("thing", "1.0.0"), "1.1.0": manifest("thing", "1.1.0") },
  time: { "1.0.0": "2020-01-01T00:00:00.000Z", "1.1.0": "2026-01-09T23:00:00.000Z" },
};

describe("tarballs", () => {
  const admitted: Admission = {
    state: "admitted",
    bytes: Buffer.from("bytes"),
    sha512: "ab".repeat(64),
  };

  it("sends what was admitted, whole, and only its size to those who ask for that", async () => {
    const gate = await playGate({ admissions: { "thing@1.0.0": admitted } });
    const got = await ask(`${gate.url}thing/-/thing-1.0.0.tgz`);
    const head = await ask(`${gate.url}thing/-/thing-1.0.0.tgz`, { method: "HEAD" });
    expect(
      [got, head].map(({ status, headers, body }) => [status, headers["content-length"], body]),
    ).toEqual([
      [200, "5", "bytes"],
      [200, "5", ""],
    ]);
    expect(gate.asked).toEqual(["admit thing@1.0.0", "admit thing@1.0.0"]);
  });

  it("answers 403 to what is blocked", async () => {
    const blocked: Admission = {
      state: "refused",
      decision: "block",
      sentence: "Veln… no.\u001b[2J",
    };
    const gate = await playGate({ admissions: { "thing@1.0.0": blocked } });
    const answer = await ask(`${gate.url}thing/-/thing-1.0.0.tgz`);
    expect(answer).toMatchObject({
      status: 403,
      statusText: expect.stringMatching(/^Veln\.\.\. no\.[ -~]*$/),
      headers: { "cache-control": "no-store", "content-type": "application/json" },
    });
    expect(answer.headers["retry-after"]).toBeUndefined();
    expect(answer.headers["npm-notice"]).toBe(answer.statusText);
    expect(JSON.parse(answer.body)).not.toMatchObject({ error: expect.stringContaining("\u001b") });
  });

  it("answers 503 to what is held, with the time to come again", async () => {
    const held = { state: "refused", decision: "hold", sentence: "Wait." } as const;
    const gate = await playGate({
      admissions: { "thing@1.0.0": { ...held, retryAfterSeconds: 61.2 }, "thing@1.1.0": held },
    });
    const [timed, open] = await Promise.all(
      ["1.0.0", "1.1.0"].map((version) => ask(`${gate.url}thing/-/thing-${version}.tgz`)),
    );
    expect(timed).toMatchObject({ ...refusal(503, "Wait."), headers: { "retry-after": "62" } });
    expect(open).toMatchObject({ ...refusal(503, "Wait."), headers: { "retry-after": "3600" } });
  });

  it("does not repeat the sentence in the status text for npm, which prints both", async () => {
    const blocked: Admission = { state: "refused", decision: "block", sentence: "No." };
    const gate = await playGate({ admissions: { "thing@1.0.0": blocked } });
    const answer = await ask(`${gate.url}thing/-/thing-1.0.0.tgz`, { headers: NPM });
    expect(answer).toMatchObject({ ...refusal(403, "No."), statusText: "Forbidden" });
  });

  it("answers 404 to what the registry has not, and 502 to trouble with it", async () => {
    const gate = await playGate({
      admissions: { "thing@2.0.0": new Failure("upstream-broken", "It was cut short.") },
    });
    const absent = await ask(`${gate.url}thing/-/thing-1.0.0.tgz`);
    const broken = await ask(`${gate.url}thing/-/thing-2.0.0.tgz`);
    expect(absent).toMatchObject(refusal(404, "thing@1.0.0 is not in the registry."));
    expect(broken).toMatchObject(refusal(502, "It was cut short."));
    expect(gate.events).toContainEqual({
      kind: "failed",
      package: "thing@2.0.0",
      sentence: "It was cut short.",
    });
  });

  it("refuses addresses that are no package's, and says so", async () => {
    const gate = await playGate({});
    const answer = await ask(`${gate.url}owner/repository/tar.gz/main`);
    expect(answer).toMatchObject(
      refusal(
        403,
        "Veln refused /owner/repository/tar.gz/main: it is not the address of a package in the registry, so nothing could be examined.",
      ),
    );
    expect(gate.events).toContainEqual({
      kind: "unrecognised",
      target: "/owner/repository/tar.gz/main",
    });
    expect(gate.asked).toEqual([]);
  });
});

describe("packuments", () => {
  it("leaves npm the original address where that leads it back to the gate", async () => {
    const elsewhere = (tarball: string): JsonObject => ({ version: "1", dist: { tarball } });
    const addresses = {
      "1.0.0": "https://registry.invalid/thing/-/thing-1.0.0.tgz",
      "1.0.1": "https://registry.invalid/mirror/thing/-/thing-1.0.1.tgz",
      "1.0.2": "https://registry.invalid/other/-/other-1.0.2.tgz",
      "1.0.3": "https://registry.invalid/files/1234",
      "1.0.4": "file:///thing/-/thing-1.0.4.tgz",
      "1.0.5": "https://registry.invalid/thing/-/thing-9.9.9.tgz",
    };
    const versions = Object.entries(addresses).map(([version, url]) => [version, elsewhere(url)]);
    const packuments = { thing: { name: "thing", versions: Object.fromEntries(versions) } };
    const gate = await playGate({ packuments });
    const answer = await ask(`${gate.url}thing`, { headers: NPM });
    const shown = (JSON.parse(answer.body) as { versions: Record<string, ShownVersion> }).versions;
    const own = (version: string): string => `${gate.url}thing/-/thing-${version}.tgz`;
    expect(Object.values(shown).map(({ dist }) => dist.tarball)).toEqual([
      addresses["1.0.0"],
      addresses["1.0.1"],
      own("1.0.2"),
      own("1.0.3"),
      own("1.0.4"),
      own("1.0.5"),
    ]);
  });

  it("takes the short form as it is when nothing in it can be young", async () => {
    const short = { name: "thing", versions: {}, modified: "2026-01-09T21:59:59.000Z" };
    const gate = await playGate({ abbreviated: { thing: short } });
    const answer = await ask(`${gate.url}thing`, { headers: SHORT });
    expect(answer.headers["content-type"]).toBe("application/vnd.npm.install-v1+json");
    expect(JSON.parse(answer.body)).toEqual({
      name: "thing",
      modified: "2026-01-09T21:59:59.000Z",
      "dist-tags": {},
      versions: {},
    });
    expect(gate.asked).toEqual(["short thing"]);
  });

  it.each([
    ["changed within the window", { modified: "2026-01-09T22:00:01.000Z" }],
    ["does not say when it changed", {}],
    ["says it in no form of a date", { modified: "yesterday" }],
  ])("asks for the full document when the short one %s", async (_, more) => {
    const short = { name: "thing", versions: {}, ...more };
    const young = new Map([["1.1.0", NOW_MS + HOUR_MS]]);
    const gate = await playGate({
      abbreviated: { thing: short },
      packuments: { thing: THING },
      young,
    });
    const answer = await ask(`${gate.url}thing`, { headers: SHORT });
    expect(gate.asked).toEqual(["short thing", "full thing"]);
    expect(JSON.parse(answer.body)).toMatchObject({ "dist-tags": { latest: "1.0.0" } });
    expect(gate.events).toContainEqual({
      kind: "cooling",
      ref: { ecosystem: "npm", name: "thing", version: "1.1.0" },
      settledAtMs: NOW_MS + HOUR_MS,
    });
  });

  it("shows cooling versions when there is nothing else, so that people are told to wait", async () => {
    const young = new Map([
      ["1.0.0", NOW_MS + HOUR_MS],
      ["1.1.0", NOW_MS + HOUR_MS],
    ]);
    const gate = await playGate({ packuments: { thing: THING }, young });
    const answer = await ask(`${gate.url}thing`);
    const { versions } = JSON.parse(answer.body) as { versions: object };
    expect(Object.keys(versions)).toEqual(["1.0.0", "1.1.0"]);
  });

  it("answers for one version, by number and by tag", async () => {
    const young = new Map([["1.1.0", NOW_MS + HOUR_MS]]);
    const gate = await playGate({ packuments: { thing: THING }, young });
    const answers = await Promise.all(
      ["1.0.0", "1.1.0", "latest", "9.9.9", "constructor"].map((selector) =>
        ask(`${gate.url}thing/${selector}`),
      ),
    );
    const versions = answers.map(({ status, body }) => [
      status,
      (JSON.parse(body) as { version?: string }).version,
    ]);
    expect(versions).toEqual([
      [200, "1.0.0"],
      [200, "1.1.0"],
      [200, "1.0.0"],
      [404, undefined],
      [404, undefined],
    ]);
  });

  it("answers 404 for a name that the registry does not know", async () => {
    const gate = await playGate({});
    expect(await ask(`${gate.url}thing`)).toMatchObject(
      refusal(404, "thing is not in the registry."),
    );
  });
});

interface ShownVersion {
  readonly dist: { readonly tarball?: string };
}

describe("strangers", () => {
  const HOSTS = ["evil.invalid", "evil.invalid:80", "127.0.0.1", "127.0.0.1:1"];

  it.each(HOSTS)("refuses a request for host %s", async (host) => {
    const gate = await playGate({ packuments: { thing: THING } });
    const answer = await ask(`${gate.url}thing`, { headers: { host } });
    expect(answer).toMatchObject(refusal(401, "This gate answers only under its own address."));
    expect(gate.asked).toEqual([]);
  });

  it("answers under localhost too", async () => {
    const gate = await playGate({ packuments: { thing: THING } });
    const host = new URL(gate.url).host.replace("127.0.0.1", "localhost");
    expect(await ask(`${gate.url}thing`, { headers: { host } })).toMatchObject({ status: 200 });
  });

  it.each([{}, { authorization: "Bearer wrong" }, { authorization: "secret" }])(
    "refuses %o where a session's token is wanted",
    async (headers) => {
      const gate = await playGate({ packuments: { thing: THING } }, { token: "secret" });
      const answers = await Promise.all(
        ["thing", "thing/-/thing-1.0.0.tgz", "-/ping", "no/such/thing"].map((path) =>
          ask(`${gate.url}${path}`, { headers }),
        ),
      );
      expect(answers.map(({ status, body }) => ({ status, body }))).toEqual(
        answers.map(() => refusal(401, "This gate belongs to another session.")),
      );
      expect(gate.asked).toEqual([]);
    },
  );

  it("answers to the session's token", async () => {
    const gate = await playGate({ packuments: { thing: THING } }, { token: "secret" });
    const headers = { authorization: "Bearer secret" };
    expect(await ask(`${gate.url}thing`, { headers })).toMatchObject({ status: 200 });
  });
});
