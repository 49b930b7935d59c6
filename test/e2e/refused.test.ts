import { describe, expect, it } from "vitest";
import { hostilePackages } from "../support/hostile.ts";
import { createMachine } from "../support/machine.ts";
import { startRegistry } from "../support/registry/registry.ts";
import { tarballPathOf } from "../support/registry/packages.ts";

const STATUS = { block: 403, hold: 503 } as const;
const EXIT = { block: 1, hold: 75 } as const;
const VERB = { block: "blocked", hold: "holds" } as const;

describe("a version that is refused", { timeout: 60_000 }, () => {
  it.each(hostilePackages())("stops npm: $what", async (hostile) => {
    const { package: declared, version, decision } = hostile;
    const registry = await startRegistry({ packages: [declared] });
    const machine = await createMachine(registry);
    const run = await machine.veln("npm", "install", `${declared.name}@${version}`);

    const errors = run.stderr.split("\n").filter((line) => line.startsWith("npm error"));
    const sentence = `Veln ${VERB[decision]} ${declared.name}@${version}`;
    expect(run).toMatchObject({ code: EXIT[decision], signal: null });
    expect(errors[0]).toBe(`npm error code E${String(STATUS[decision])}`);
    expect(errors[1]).toContain(sentence);
    expect(errors[1]).toMatch(hostile.because);
    expect(errors[1]).toContain(`Read more: veln package ${declared.name}@${version}`);
    expect(machine.traces(hostile.needle)).toEqual([]);
    expect(machine.has("node_modules")).toBe(false);
    expect(JSON.parse(machine.read("package.json"))).toEqual({ name: "project", version: "1.0.0" });
  });

  it("answers with the status, one sentence and nothing of the tarball", async () => {
    const hostiles = hostilePackages();
    const registry = await startRegistry({ packages: hostiles.map((item) => item.package) });
    const machine = await createMachine(registry);
    const gate = await machine.gate();
    for (const { package: declared, version, decision, because, needle } of hostiles) {
      const path = tarballPathOf(declared.name, version).slice(1);
      const response = await fetch(`${gate.url}${path}`);
      const body = Buffer.from(await response.arrayBuffer());
      const { error, ...rest } = JSON.parse(body.toString()) as Record<string, string>;
      expect({ name: declared.name, status: response.status, rest }).toEqual({
        name: declared.name,
        status: STATUS[decision],
        rest: { reason: error },
      });
      expect(error).toMatch(because);
      expect(response.headers.has("retry-after")).toBe(decision === "hold");
      expect(body.includes(needle)).toBe(false);
    }
    await gate.stop();
    expect(hostiles.flatMap(({ needle }) => machine.traces(needle))).toEqual([]);
  });
});
