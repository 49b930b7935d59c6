import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseReport } from "./denials.ts";

function hex(text: string): string {
  return text === "" ? "-" : Buffer.from(text).toString("hex");
}

function line(kind: string, times: number, target: string, by: string, program: string): string {
  return `${kind} ${String(times)} ${hex(target)} ${hex(by)} ${hex(program)}\n`;
}

describe("the keeper's report", () => {
  it("is read, and a denial that came again counts once, with its last count", () => {
    const text = [
      line("file-read", 1, "/home/dev/.ssh/id_ed25519", "left-pad@1.3.0", "cat"),
      line("network", 1, "collector.invalid:443", "", "node"),
      line("file-read", 7, "/home/dev/.ssh/id_ed25519", "left-pad@1.3.0", "cat"),
      line("dropped", 3, "", "", ""),
    ].join("");
    expect(parseReport(Buffer.from(text))).toEqual({
      denials: [
        {
          kind: "file-read",
          target: "/home/dev/.ssh/id_ed25519",
          by: "left-pad@1.3.0",
          program: "cat",
          times: 7,
        },
        {
          kind: "network",
          target: "collector.invalid:443",
          by: undefined,
          program: "node",
          times: 1,
        },
      ],
      denialsDropped: 3,
      notStarted: undefined,
      altered: [],
    });
  });

  it("says why nothing was started", () => {
    const report = parseReport(
      Buffer.from(line("not-started", 1, "limits: Operation not permitted", "", "")),
    );
    expect(report).toEqual({
      denials: [],
      denialsDropped: 0,
      notStarted: "limits: Operation not permitted",
      altered: [],
    });
  });

  it("counts a line that was cut short as dropped", () => {
    const whole = line("execute", 1, "/usr/bin/curl", "", "sh");
    expect(parseReport(Buffer.from(whole + whole.slice(0, 20)))).toMatchObject({
      denials: [{ target: "/usr/bin/curl" }],
      denialsDropped: 1,
    });
  });

  it("never takes a text of the room for a line of its own, and survives any bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (target) => {
        const report = parseReport(Buffer.from(line("file-write", 1, target, "", "")));
        expect(report.denials).toHaveLength(1);
        expect(report.denials[0]?.target).toBe(Buffer.from(target).toString());
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(parseReport(bytes).denials.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
