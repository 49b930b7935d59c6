import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { playGate } from "../../../test/support/gate.ts";

async function connect(gateUrl: string, target: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(gateUrl, { method: "CONNECT", path: target })
      .on("connect", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      })
      .on("error", reject)
      .end();
  });
}

async function getThrough(gateUrl: string, target: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(gateUrl, { path: target, headers: { host: new URL(target).host } })
      .on("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on("error", reject)
      .end();
  });
}

describe("the gate as a proxy", () => {
  it("opens no tunnel, and says who was to be reached", async () => {
    const gate = await playGate({});
    expect(await connect(gate.url, "registry.invalid:443")).toBe(403);
    expect([gate.events, gate.asked]).toEqual([
      [{ kind: "past-the-gate", host: "registry.invalid:443" }],
      [],
    ]);
  });

  it("answers after a client that hung up in the middle", async () => {
    const gate = await playGate({});
    await new Promise<void>((resolve) => {
      const abandoned = request(gate.url, { method: "CONNECT", path: "a.invalid:443" });
      abandoned.on("error", () => resolve()).on("close", () => resolve());
      abandoned.end(() => abandoned.destroy());
    });
    expect(await connect(gate.url, "b.invalid:443")).toBe(403);
  });

  it("fetches nothing for a request in absolute form", async () => {
    const gate = await playGate({});
    const status = await getThrough(gate.url, "http://registry.invalid/a/-/a-1.0.0.tgz");
    expect([status, gate.events, gate.asked]).toEqual([
      403,
      [{ kind: "past-the-gate", host: "registry.invalid" }],
      [],
    ]);
  });
});
