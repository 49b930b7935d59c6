import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  HOUR_MS,
  keysText,
  KEYS_TARGET,
  NOW_MS,
  REGISTRY,
  scene,
  type Scene,
  shown,
  testNetwork,
  trustRootWithLogs,
} from "../../../test/support/trust.ts";
import { serveMirror, tufRepository } from "../../../test/support/tuf-repository.ts";

const SHIPPED = { logs: ["shipped"], keys: 6, origin: { kind: "shipped" } };
const FIRST = { logs: ["first"], keys: 2, origin: { kind: "refreshed", asOfMs: NOW_MS } };
const WEEK_MS = 7 * DAY_MS;
const LATER_MS = NOW_MS + 2 * DAY_MS;
const SECOND = { logs: ["second"], keys: 4, origin: { kind: "refreshed", asOfMs: LATER_MS } };

/** The same material, with a note. */
function noted<Shown extends { readonly origin: object }>(material: Shown, note: string): Shown {
  return { ...material, origin: { ...material.origin, note } };
}

const secondTargets = (): Record<string, string> => ({
  "trusted_root.json": trustRootWithLogs("second"),
  [KEYS_TARGET]: keysText(2),
});

describe("a refresh", () => {
  it("brings what the mirror publishes", async () => {
    const { ask, mirror } = await scene();
    expect(await ask()).toEqual(FIRST);
    expect(mirror.asked.map((path) => path.replace(/[0-9a-f]{64}/, "HASH"))).toEqual([
      "2.root.json",
      "timestamp.json",
      "1.snapshot.json",
      "1.targets.json",
      "targets/HASH.trusted_root.json",
      "1.registry.keys.json",
      "targets/registry.invalid/HASH.keys.json",
    ]);
  });

  it("is good for a day, without a request, then comes the next", async () => {
    const { ask, mirror, repository } = await scene();
    await ask();
    const asked = mirror.asked.length;
    repository.publish(secondTargets());
    expect(await ask(NOW_MS + DAY_MS - 1)).toEqual(FIRST);
    expect(mirror.asked.length).toBe(asked);
    expect(await ask(LATER_MS)).toEqual(SECOND);
    expect(await ask(LATER_MS, { offline: true })).toEqual(SECOND);
  });

  it("happens once for all who ask a process, and again in one that runs for a day", async () => {
    const { open, mirror, repository } = await scene();
    let nowMs = NOW_MS;
    const trust = open(NOW_MS, { clock: () => nowMs });
    const found = await Promise.all(
      ["https://a.invalid", "https://b.invalid/", "no address"].map((registry) =>
        trust.forRegistry(registry),
      ),
    );
    expect(found.map(shown)).toEqual([FIRST, FIRST, FIRST]);
    expect(mirror.asked.filter((path) => path === "timestamp.json").length).toBe(1);
    repository.publish(secondTargets());
    nowMs = LATER_MS;
    expect(shown(await trust.forRegistry(REGISTRY))).toEqual(SECOND);
  });

  it("does not happen offline", async () => {
    const { ask, mirror } = await scene();
    expect(await ask(NOW_MS, { offline: true })).toEqual(
      noted(SHIPPED, "It was not refreshed: Veln is offline."),
    );
    expect(mirror.asked).toEqual([]);
  });

  it("that brings what was shipped needs no proof the next time", async () => {
    const { ask, open, repository, shipped, mirror } = await scene();
    repository.publish({
      "trusted_root.json": shipped.trustRoot.toString("utf8"),
      [KEYS_TARGET]: shipped.keys.toString("utf8"),
    });
    const same = { ...SHIPPED, origin: { kind: "refreshed", asOfMs: NOW_MS } };
    expect(await ask()).toEqual(same);
    expect(shown(await open(NOW_MS + HOUR_MS, { offline: true }).forRegistry(REGISTRY))).toEqual(
      same,
    );
    expect(await ask(LATER_MS)).toEqual({ ...same, origin: { ...same.origin, asOfMs: LATER_MS } });
    expect(mirror.asked.filter((path) => path === "timestamp.json").length).toBe(2);
  });

  it("takes away keys that the mirror does not publish any more", async () => {
    const { ask, repository } = await scene();
    repository.publish({ "trusted_root.json": trustRootWithLogs("first") });
    expect(await ask()).toEqual({ ...FIRST, keys: 0 });
  });

  it("follows the root from key to key, and a new process can, too", async () => {
    const { ask, repository } = await scene();
    await ask();
    for (let times = 0; times < 3; times++) repository.rotate();
    repository.publish(secondTargets());
    expect(await ask(LATER_MS)).toEqual(SECOND);
    expect(await ask(LATER_MS + HOUR_MS)).toEqual(SECOND);
    repository.rotate();
    repository.publish(secondTargets());
    const next = { ...SECOND, origin: { kind: "refreshed", asOfMs: LATER_MS + 2 * DAY_MS } };
    expect(await ask(LATER_MS + 2 * DAY_MS)).toEqual(next);
  });
});

describe("a mirror that", () => {
  const failing = (scene: Scene, atMs = NOW_MS): Promise<object> =>
    scene.ask(atMs, { timeoutMs: 300 });
  const host = (scene: Scene): string => new URL(scene.mirror.url).host;
  const unverified = (scene: Scene, why: string): string =>
    `It was not refreshed: What ${host(scene)} publishes does not verify: ${why}.`;

  it("cannot be reached is not asked again for an hour, and no command fails", async () => {
    const played = await scene();
    played.mirror.misbehave = (_path, response) => {
      response.writeHead(500).end();
      return true;
    };
    const why = `It was not refreshed: ${host(played)} answered with status 500.`;
    expect(await played.ask()).toEqual(noted(SHIPPED, why));
    const asked = played.mirror.asked.length;
    expect(await played.ask(NOW_MS + HOUR_MS - 1)).toEqual(
      noted(SHIPPED, `${why} That was tried at ${new Date(NOW_MS).toISOString()}.`),
    );
    expect(played.mirror.asked.length).toBe(asked);
    played.mirror.misbehave = () => false;
    const atMs = NOW_MS + HOUR_MS;
    expect(await played.ask(atMs)).toEqual({
      ...FIRST,
      origin: { kind: "refreshed", asOfMs: atMs },
    });
  });

  it("answers slowly is given up when its time is over", async () => {
    const played = await scene();
    played.mirror.misbehave = (path, response) => {
      if (path !== "timestamp.json") return false;
      response.writeHead(200);
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => {
        clearInterval(timer);
      });
      return true;
    };
    const startedMs = performance.now();
    expect(await failing(played)).toEqual(
      noted(SHIPPED, `It was not refreshed: ${host(played)} took longer than 300 ms.`),
    );
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });

  it("never answers is given up as well", async () => {
    const played = await scene();
    played.mirror.misbehave = () => true;
    expect(await failing(played)).toEqual(
      noted(SHIPPED, `It was not refreshed: ${host(played)} took longer than 300 ms.`),
    );
  });

  it.each([
    ["timestamp.json", 16_384],
    ["2.root.json", 524_288],
    ["1.targets.json", 1_048_576],
  ])("sends %s without an end is given up at so many bytes", async (endless, bytesMax) => {
    const played = await scene();
    let sentBytes = 0;
    played.mirror.misbehave = (path, response) => {
      if (path !== endless) return false;
      const piece = Buffer.alloc(65_536, " ");
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sentBytes += piece.length;
        sentBytes += piece.length;
      };
      response.on("drain", more);
      more();
      return true;
    };
    expect(await played.ask()).toEqual(
      noted(
        SHIPPED,
        `It was not refreshed: ${host(played)} sent more than ${String(bytesMax)} bytes for one file.`,
      ),
    );
    expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
  });

  it("redirects is not followed", async () => {
    const played = await scene();
    played.mirror.misbehave = (path, response) => {
      if (path === "elsewhere") return false;
      response.writeHead(302, { location: "/tuf/elsewhere" }).end();
      return true;
    };
    expect(await played.ask()).toEqual(
      noted(SHIPPED, `It was not refreshed: ${host(played)} answered with status 302.`),
    );
    expect(played.mirror.asked).toEqual(["2.root.json"]);
  });

  it("puts an older copy back is not believed", async () => {
    const played = await scene();
    played.repository.publish(secondTargets());
    expect(await played.ask(NOW_MS)).toEqual({ ...SECOND, origin: FIRST.origin });
    played.repository.publish(secondTargets(), { versions: { online: 1 } });
    expect(await played.ask(LATER_MS)).toEqual(
      noted(
        { ...SECOND, origin: FIRST.origin },
        unverified(played, "New timestamp version 1 is less than current version 2"),
      ),
    );
  });

  it("lets its time stamp expire is not believed", async () => {
    const played = await scene();
    played.repository.publish(secondTargets(), { holdMs: -1000 });
    expect(await played.ask()).toEqual(
      noted(SHIPPED, unverified(played, "Final timestamp.json is expired")),
    );
  });

  it("rotates its root without the old key is not believed", async () => {
    const played = await scene();
    played.repository.rotate({ forget: "old-signature" });
    played.repository.publish(secondTargets());
    expect(await played.ask()).toEqual(
      noted(SHIPPED, unverified(played, "root was signed by 0/1 keys")),
    );
  });

  it("is somebody else's is not believed", async () => {
    const played = await scene();
    const other = tufRepository(NOW_MS);
    other.publish(secondTargets());
    played.mirror.files = other.files;
    expect(await played.ask()).toEqual(
      noted(SHIPPED, unverified(played, "timestamp was signed by 0/1 keys")),
    );
  });

  it("publishes no trust root, or one that cannot be used, is not believed", async () => {
    const played = await scene();
    played.repository.publish({ [KEYS_TARGET]: keysText(1) });
    expect(await played.ask()).toEqual(
      noted(SHIPPED, `It was not refreshed: ${host(played)} publishes no trusted_root.json.`),
    );
    played.repository.publish({ "trusted_root.json": "{}", [KEYS_TARGET]: keysText(1) });
    expect(await played.ask(LATER_MS)).toEqual(
      noted(
        SHIPPED,
        'It was not refreshed: The trust root cannot be used: "mediaType" is missing.',
      ),
    );
  });

  it("alters any one byte of any file is not believed, or what it says is the same", async () => {
    const played = await scene();
    const genuine = new Map(played.repository.files);
    for (const [name, bytes] of genuine) {
      if (name === "1.root.json") continue;
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ 1;
        played.mirror.files = new Map([...genuine, [name, altered]]);
        // oxlint-disable-next-line no-await-in-loop -- one cache after the other
        const found = await played.ask(NOW_MS, { folder: `${played.folder}/${name}${String(at)}` });
        expect(found).toMatchObject({ logs: ["shipped"], keys: 6 });
      }
    }
  });

  it("sends a target of another length is not believed", async () => {
    const played = await scene();
    const genuine = new Map(played.repository.files);
    for (const [name, bytes] of genuine) {
      if (!name.startsWith("targets/")) continue;
      for (const other of [Buffer.concat([bytes, Buffer.from(" ")]), bytes.subarray(0, -1)]) {
        played.mirror.files = new Map([...genuine, [name, other]]);
        const folder = `${played.folder}/${String(other.length)}`;
        // oxlint-disable-next-line no-await-in-loop -- one cache after the other
        expect(await played.ask(NOW_MS, { folder })).toMatchObject({ logs: ["shipped"], keys: 6 });
      }
    }
  });
});

describe("a process that does not wait", () => {
  it("works with what is there, and tells of a failure only", async () => {
    const { ask, mirror } = await scene();
    expect(await ask(NOW_MS, { waits: false })).toEqual(SHIPPED);
    expect(mirror.asked).toEqual([]);
    await ask();
    expect(await ask(LATER_MS, { waits: false })).toEqual(FIRST);
    mirror.files = new Map();
    await ask(LATER_MS);
    expect(await ask(LATER_MS, { waits: false })).toEqual(
      noted(FIRST, expect.stringMatching(/^It was not refreshed: .* That was tried at /)),
    );
  });

  it("and ends while another asks for it leaves no failure behind", async () => {
    const { ask, mirror } = await scene();
    mirror.misbehave = (path) => path === "timestamp.json";
    const network = testNetwork();
    const asking = ask(NOW_MS, { network });
    await expect.poll(() => mirror.asked).toContain("timestamp.json");
    await network.close();
    expect(await asking).toEqual(
      noted(SHIPPED, expect.stringMatching(/^It was not refreshed: .* cannot be reached/)),
    );
    mirror.misbehave = () => false;
    expect(await ask(NOW_MS + 1)).toMatchObject({ logs: ["first"] });
  });
});

describe("what was refreshed and has expired", () => {
  const expiry = new Date(NOW_MS + WEEK_MS).toISOString();
  const atMs = NOW_MS + 2 * WEEK_MS;

  it("stays in force, for it is newer than what was shipped, and says so", async () => {
    const { ask } = await scene();
    await ask();
    expect(await ask(atMs, { offline: true })).toEqual(
      noted(FIRST, `It expired at ${expiry}. It was not refreshed: Veln is offline.`),
    );
  });

  it("gives way to what a newer Veln came with", async () => {
    const { ask, shipped } = await scene();
    await ask();
    const newer = { ...shipped, trustRoot: Buffer.from(trustRootWithLogs("newer")) };
    expect(await ask(NOW_MS + HOUR_MS, { shipped: newer })).toEqual(FIRST);
    expect(await ask(atMs, { offline: true, shipped: newer })).toEqual(
      noted(
        { ...SHIPPED, logs: ["newer"] },
        `What was refreshed before expired at ${expiry}, and this Veln came later. It was not refreshed: Veln is offline.`,
      ),
    );
  });
});

describe("several processes that refresh at once", () => {
  it("leave a cache that is whole", { timeout: 60_000 }, async () => {
    const { mirror, shipped, folder, ask } = await scene();
    const program = fileURLToPath(
      new URL("../../../test/support/trust-process.ts", import.meta.url),
    );
    const { repository, trustRoot, keys } = shipped;
    const encoded = [repository.root, trustRoot, keys].map((bytes) => bytes.toString("base64"));
    const outputs = await Promise.all(
      [1, 2, 3].map(async () => {
        const args = [mirror.url, ...encoded, KEYS_TARGET, folder, String(NOW_MS), "8"];
        const child = spawn(process.execPath, [program, ...args]);
        return { out: await text(child.stdout), err: await text(child.stderr) };
      }),
    );
    for (const { out, err } of outputs)
      expect({ out, err }).toEqual({ out: '["refreshed "]', err: "" });
    const found = await ask(NOW_MS, { offline: true });
    expect(found).toEqual({ ...FIRST, origin: { kind: "refreshed", asOfMs: expect.any(Number) } });
  });
});

describe("two mirrors", () => {
  it("do not share what was refreshed", async () => {
    const one = await scene();
    await one.ask();
    const other = await serveMirror(new Map());
    const shipped = {
      ...one.shipped,
      repository: { ...one.shipped.repository, mirror: other.url },
    };
    expect(await one.ask(NOW_MS, { shipped, offline: true })).toEqual(
      noted(SHIPPED, "It was not refreshed: Veln is offline."),
    );
  });
});
