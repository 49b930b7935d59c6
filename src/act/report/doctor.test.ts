import { describe, expect, it } from "vitest";
import type { Isolation } from "../sandbox/room.ts";
import { doctorJson, doctorText } from "./doctor.ts";

const LAYOUT = { color: false, columns: 80 };
const WIDE = { color: false, columns: 100 };
const LACK = { what: "bubblewrap", why: "There is no bwrap.", remedy: "Install bubblewrap." };

function isolation(name: Isolation["name"], layers: Isolation["layers"]): Isolation {
  return { name, layers, enclose: () => Promise.reject(new Error("nothing is to be run")) };
}

describe("the doctor", () => {
  it("shows what is in use and what else would be", () => {
    const capacity = {
      isolations: [isolation("bubblewrap", ["mounts"]), isolation("landlock", ["landlock-files"])],
      lacks: [],
    };
    expect(doctorText({ capacity, mode: "require" }, LAYOUT)).toBe(
      `Install scripts run sandboxed by bubblewrap.
  mounts            files that are not theirs are not there
landlock would work here, too.
`,
    );
    expect(doctorText({ capacity, mode: "off" }, WIDE)).toContain('says sandbox.mode = "off"');
    expect([
      doctorJson({ capacity, mode: "require" }),
      doctorJson({ capacity, mode: "off" }),
    ]).toMatchObject([{ sandbox: { inUse: "bubblewrap" } }, { sandbox: { inUse: null } }]);
  });

  it("says what is lacking, why, and what to do", () => {
    const capacity = { isolations: [], lacks: [LACK] };
    expect(doctorText({ capacity, mode: "require" }, LAYOUT)).toBe(
      `Nothing on this machine can isolate install scripts. Veln refuses to install,
because the policy asks for a sandbox.

Not working: bubblewrap
  There is no bwrap.
  Install bubblewrap.
`,
    );
    expect(doctorText({ capacity, mode: "prefer" }, WIDE)).toContain(
      "They run with your own rights",
    );
    expect(doctorJson({ capacity, mode: "require" })).toEqual({
      sandbox: { mode: "require", inUse: null, isolations: [], lacks: [LACK] },
    });
  });
});
