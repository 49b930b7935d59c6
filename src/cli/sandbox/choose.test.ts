import { describe, expect, it } from "vitest";
import type { Capacity, Isolation } from "../../act/sandbox/room.ts";
import { chooseIsolation } from "./choose.ts";

const LACK = { what: "bubblewrap", why: "There is no bwrap.", remedy: "Install bubblewrap." };
const LANDLOCK: Isolation = {
  name: "landlock",
  layers: ["landlock-files"],
  enclose: () => Promise.reject(new Error("nothing is to be run")),
};
const LESSER: Capacity = { isolations: [LANDLOCK], lacks: [LACK] };
const NOTHING: Capacity = { isolations: [], lacks: [LACK] };

describe("chooseIsolation", () => {
  it("takes the best there is, and says what is better and does not work", async () => {
    const chosen = await chooseIsolation("require", () => Promise.resolve(LESSER));
    expect(chosen).toEqual({ mode: "require", isolation: LANDLOCK, lacks: [LACK] });
  });

  it("refuses where there is nothing, unless the policy prefers to go on", async () => {
    const refused = chooseIsolation("require", () => Promise.resolve(NOTHING));
    await expect(refused).rejects.toMatchObject({
      code: "sandbox-unavailable",
      message: expect.stringContaining("There is no bwrap. veln doctor says") as string,
    });
    const freely = await chooseIsolation("prefer", () => Promise.resolve(NOTHING));
    expect(freely).toEqual({ mode: "prefer", isolation: undefined, lacks: [LACK] });
  });

  it("tries nothing where the policy wants none", async () => {
    const off = await chooseIsolation("off", () => Promise.reject(new Error("tried")));
    expect(off).toEqual({ mode: "off", isolation: undefined, lacks: [] });
  });
});
