import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layEnvironment } from "./environment.ts";
import { OUTER_VARIABLE, outerEnvironment, withOuter } from "./nesting.ts";

describe("a Veln inside of what Veln has started", () => {
  it("starts from the environment that was there before, with what came since", () => {
    const user = { PATH: "/bin", NPM_CONFIG_REGISTRY: "https://x.invalid/", npm_config_proxy: "p" };
    const ours = { npm_config_registry: "http://127.0.0.1:1/", npm_config_proxy: undefined };
    const inside = {
      ...withOuter(user, layEnvironment(user, ours)),
      PATH: "/project/node_modules/.bin:/bin",
      npm_lifecycle_event: "setup",
    };
    expect(inside).toMatchObject({ npm_config_registry: "http://127.0.0.1:1/" });
    expect(outerEnvironment(inside)).toEqual({
      ...user,
      PATH: "/project/node_modules/.bin:/bin",
      npm_lifecycle_event: "setup",
    });
  });

  it("takes whatever is no record for none", () => {
    const record = fc.oneof(fc.string(), fc.json(), fc.constant('{"PATH":7}'));
    fc.assert(
      fc.property(record, (text) => {
        const restored = outerEnvironment({ KEPT: "1", [OUTER_VARIABLE]: text });
        expect(Object.values(restored).every((value) => typeof value === "string")).toBe(true);
        expect(restored).not.toHaveProperty(OUTER_VARIABLE);
      }),
    );
    expect(outerEnvironment({ A: "1" })).toEqual({ A: "1" });
  });
});
