import { describe, expect, it } from "vitest";
import { layEnvironment } from "./environment.ts";

describe("layEnvironment", () => {
  it.each([
    ["npm_config_registry", "NPM_CONFIG_REGISTRY"],
    ["npm_config_registry", "npm_config_Registry"],
    ["npm_config_prefer_offline", "npm_config_prefer-offline"],
    ["npm_config_prefer-offline", "NPM_CONFIG_PREFER_OFFLINE"],
    ["pnpm_config_registry", "PNPM_CONFIG_REGISTRY"],
    ["YARN_NPM_REGISTRY_SERVER", "yarn_npm_registry_server"],
    ["BUN_CONFIG_REGISTRY", "bun_config_registry"],
    ["https_proxy", "HTTPS_PROXY"],
    ["NO_PROXY", "no_proxy"],
    ["npm_config_//a.invalid/:_authToken", "NPM_CONFIG_//a.invalid/:_authtoken"],
  ])("lets no spelling of %s stand beside ours: %s", (ours, theirs) => {
    expect(layEnvironment({ [theirs]: "theirs", PATH: "/bin" }, { [ours]: "ours" })).toEqual({
      [ours]: "ours",
      PATH: "/bin",
    });
  });

  it.each([
    ["npm_config_registry", "npm_config_registry_other"],
    ["npm_config_registry", "pnpm_config_registry"],
    ["npm_config_registry", "registry"],
    ["PATH", "path"],
    ["npm_config_//a-b.invalid/:x", "npm_config_//a_b.invalid/:x"],
  ])("leaves alone what is not %s: %s", (ours, theirs) => {
    expect(layEnvironment({ [theirs]: "theirs" }, { [ours]: "ours" })).toEqual({
      [theirs]: "theirs",
      [ours]: "ours",
    });
  });

  it("takes a variable away in every spelling", () => {
    const user = { NPM_CONFIG_CAFILE: "a", npm_config_cafile: "b", HOME: "/h" };
    expect(layEnvironment(user, { npm_config_cafile: undefined })).toEqual({ HOME: "/h" });
  });
});
