import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  HOUR_MS,
  keysText,
  KEYS_TARGET,
  NOW_MS,
  scene,
  type Scene,
  trustRootWithLogs,
} from "../../../test/support/trust.ts";
import { isJsonObject, parseJson, type JsonObject } from "../../model/canonical.ts";
import { faultyFiles, type Fault } from "../../platform/faulty-files.ts";
import { systemDisk } from "../../platform/files.ts";

const OFFLINE = "It was not refreshed: Veln is offline.";
const DAMAGED = "What was refreshed before is lost: it is damaged.";

const SHIPPED = { logs: ["shipped"], keys: 6, origin: { kind: "shipped" } };
const FIRST = { logs: ["first"], keys: 2, origin: { kind: "refreshed", asOfMs: NOW_MS } };

/** A scene with a refresh behind it, and the file that was left. */
async function refreshed(): Promise<Scene & { readonly path: string; readonly text: string }> {
  const played = await scene();
  expect(await played.ask()).toEqual(FIRST);
  const [folder = ""] = readdirSync(played.folder);
  const path = join(played.folder, folder, "refreshed.json");
  return { ...played, path, text: readFileSync(path, "utf8") };
}

function objectIn(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("no object");
  return json;
}

/** What a process without network finds, and the next one with it. */
async function without(played: Scene): Promise<object> {
  const lost = await played.ask(NOW_MS + HOUR_MS, { offline: true });
  expect(await played.ask(NOW_MS + HOUR_MS)).toEqual({
    ...FIRST,
    origin: { kind: "refreshed", asOfMs: NOW_MS + HOUR_MS },
  });
  return lost;
}

function shippedBecause(why: string): object {
  return { ...SHIPPED, origin: { kind: "shipped", note: `${why} ${OFFLINE}` } };
}

describe("a cache that", () => {
  it("is sound is in force without network", async () => {
    const played = await refreshed();
    expect(readdirSync(dirname(played.path))).toEqual(["refreshed.json"]);
    expect(await played.ask(NOW_MS + HOUR_MS, { offline: true })).toEqual(FIRST);
    expect(await played.ask(NOW_MS + 2 * DAY_MS, { offline: true })).toEqual({
      ...FIRST,
      origin: { ...FIRST.origin, note: OFFLINE },
    });
  });

  it.each([0, 1, 100, 2000])("was cut after %i bytes is lost, and made anew", async (length) => {
    const played = await refreshed();
    truncateSync(played.path, length);
    expect(await without(played)).toEqual(shippedBecause(DAMAGED));
  });

  it("is larger than any is not read", async () => {
    const played = await refreshed();
    truncateSync(played.path, 2 ** 40);
    expect(await without(played)).toEqual(shippedBecause(DAMAGED));
  });

  it.skipIf(process.platform === "win32")("is a pipe is not waited for", async () => {
    const played = await refreshed();
    rmSync(played.path);
    execFileSync("mkfifo", [played.path]);
    expect(await without(played)).toEqual({
      ...SHIPPED,
      origin: { kind: "shipped", note: OFFLINE },
    });
  });

  it("is a folder is survived, though nothing can be kept", async () => {
    const played = await refreshed();
    rmSync(played.path);
    mkdirSync(played.path);
    expect(await played.ask()).toEqual({
      ...FIRST,
      origin: { ...FIRST.origin, note: expect.stringMatching(/^It could not be kept: .*\.$/) },
    });
  });

  it("has one file altered does not verify, whichever it is", async () => {
    const played = await refreshed();
    const kept = objectIn(played.text);
    const files = isJsonObject(kept["files"]) ? Object.entries(kept["files"]) : [];
    expect(files.length).toBe(6);
    for (const [name, text] of files) {
      const bytes = Buffer.from(typeof text === "string" ? text : "", "base64");
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      const altered = Object.fromEntries([...files, [name, bytes.toString("base64")]]);
      writeFileSync(played.path, JSON.stringify({ ...kept, files: altered }));
      // oxlint-disable-next-line no-await-in-loop -- one cache after the other
      expect(await without(played)).toMatchObject({
        logs: ["shipped"],
        origin: {
          kind: "shipped",
          note: expect.stringMatching(
            /^What was refreshed before is lost: What .* does not verify/,
          ),
        },
      });
    }
  });

  it.each([
    ["another format", { format: 2 }, "it is damaged."],
    ["no files", { files: [] }, "it is damaged."],
    ["files that are no base64", { files: { "timestamp.json": "%" } }, "it is damaged."],
    ["no moment", { refreshedAtMs: null }, "it is damaged."],
    ["a moment to come", { refreshedAtMs: NOW_MS + DAY_MS }, "it is dated in the future."],
    ["another mirror", { mirror: "https://other.invalid" }, "it is of another mirror."],
  ])("has %s is lost, and made anew", async (_what, changes, why) => {
    const played = await refreshed();
    writeFileSync(played.path, JSON.stringify({ ...objectIn(played.text), ...changes }));
    expect(await without(played)).toEqual(
      shippedBecause(`What was refreshed before is lost: ${why}`),
    );
  });

  it("claims to be what was shipped gets no more than that", async () => {
    const played = await refreshed();
    const { shippedDigest = "" } = objectIn(played.text);
    const forged = { ...objectIn(played.text), digest: shippedDigest };
    writeFileSync(played.path, JSON.stringify(forged));
    expect(await played.ask(NOW_MS + HOUR_MS)).toEqual({ ...SHIPPED, origin: FIRST.origin });
  });

  it("claims to be what was shipped and proves nothing does not stand in the way", async () => {
    const played = await refreshed();
    const { shippedDigest = "" } = objectIn(played.text);
    const files = { "2.root.json": "e30=", "timestamp.json": "e30=" };
    const forged = { ...objectIn(played.text), digest: shippedDigest, files };
    writeFileSync(played.path, JSON.stringify(forged));
    const atMs = NOW_MS + 2 * DAY_MS;
    expect(await played.ask(atMs)).toEqual({
      ...FIRST,
      origin: { kind: "refreshed", asOfMs: atMs },
    });
  });

  it("claims to be fresher than its files is told from them", async () => {
    const played = await refreshed();
    const atMs = NOW_MS + 30 * DAY_MS;
    const forged = { ...objectIn(played.text), refreshedAtMs: atMs, expiresAtMs: atMs + DAY_MS };
    writeFileSync(played.path, JSON.stringify(forged));
    expect(await played.ask(atMs, { offline: true })).toMatchObject({
      logs: ["shipped"],
      origin: { note: expect.stringMatching(/ is expired\. It was not refreshed/) },
    });
  });

  it("was rolled back is brought forward at the next refresh", async () => {
    const played = await refreshed();
    played.repository.publish({
      "trusted_root.json": trustRootWithLogs("second"),
      [KEYS_TARGET]: keysText(2),
    });
    const atMs = NOW_MS + 2 * DAY_MS;
    const second = { logs: ["second"], keys: 4, origin: { kind: "refreshed", asOfMs: atMs } };
    expect(await played.ask(atMs)).toEqual(second);
    writeFileSync(played.path, played.text);
    expect(await played.ask(atMs, { offline: true })).toEqual({
      ...FIRST,
      origin: { ...FIRST.origin, note: OFFLINE },
    });
    expect(await played.ask(atMs)).toEqual(second);
  });

  it("has files that nobody asked for does not keep newer ones out", async () => {
    const played = await refreshed();
    const kept = objectIn(played.text);
    const files = isJsonObject(kept["files"]) ? kept["files"] : {};
    const junk = { "2.root.json": Buffer.from("{}").toString("base64"), ...files };
    writeFileSync(played.path, JSON.stringify({ ...kept, files: junk }));
    expect(await without(played)).toMatchObject({ logs: ["shipped"] });
  });

  it.each(["", "[]", '{"atMs":"x"}', `{"atMs":${String(NOW_MS + DAY_MS)},"why":"x"}`])(
    "remembers a failure as %j tries again",
    async (text) => {
      const played = await refreshed();
      writeFileSync(join(dirname(played.path), "failed.json"), text);
      const atMs = NOW_MS + 2 * DAY_MS;
      expect(await played.ask(atMs)).toEqual({
        ...FIRST,
        origin: { kind: "refreshed", asOfMs: atMs },
      });
    },
  );
});

describe("a disk on which", () => {
  const STEPS = ["mkdir", "writeNew", "rename", "readdir", "stat", "readFile", "unlink"] as const;
  const faults = STEPS.flatMap((step) =>
    (["failed", "happened", "crashed"] as const).map((how): Fault => ({
      step,
      how,
      code: "ENOSPC",
    })),
  );

  it.each(faults)("$step $how leaves no command without trust", async (fault) => {
    const played = await scene();
    const files = faultyFiles(systemDisk, fault);
    expect(await played.ask(NOW_MS, { files })).toMatchObject({ logs: ["first"], keys: 2 });
    expect(await played.ask(NOW_MS + 2 * DAY_MS)).toEqual({
      ...FIRST,
      origin: { kind: "refreshed", asOfMs: NOW_MS + 2 * DAY_MS },
    });
    const [folder = ""] = readdirSync(played.folder);
    expect(
      readdirSync(join(played.folder, folder)).filter((name) => !name.endsWith(".tmp")),
    ).toEqual(["refreshed.json"]);
  });

  it.each(faults)("$step $how during the second refresh leaves the first or it", async (fault) => {
    const played = await refreshed();
    const atMs = NOW_MS + 2 * DAY_MS;
    const second = { ...FIRST, origin: { kind: "refreshed", asOfMs: atMs } };
    const files = faultyFiles(systemDisk, fault);
    expect(await played.ask(atMs, { files })).toMatchObject({ logs: ["first"], keys: 2 });
    const left = await played.ask(atMs, { offline: true });
    const first = { ...FIRST, origin: { ...FIRST.origin, note: OFFLINE } };
    expect([first, second]).toContainEqual(left);
  });

  it("nothing can be kept says so", async () => {
    const played = await scene();
    const files = faultyFiles(systemDisk, { step: "writeNew", how: "failed", code: "ENOSPC" });
    expect(await played.ask(NOW_MS, { files })).toEqual({
      ...FIRST,
      origin: { ...FIRST.origin, note: "It could not be kept: injected: writeNew." },
    });
  });

  it.skipIf(process.getuid?.() === 0)("the cache may not be read says so", async () => {
    const played = await refreshed();
    chmodSync(played.path, 0o000);
    expect(await played.ask(NOW_MS + HOUR_MS, { offline: true })).toMatchObject({
      logs: ["shipped"],
      origin: { note: expect.stringMatching(/^What was refreshed before is lost: EACCES/) },
    });
  });
});
