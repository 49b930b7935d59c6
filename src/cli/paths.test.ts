import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { pathsFrom } from "./paths.ts";

function below(home: string) {
  return {
    data: `${home}/.local/share/veln`,
    cache: `${home}/.cache/veln`,
    userConfig: `${home}/.config/veln/config.toml`,
    shims: `${home}/.local/share/veln/shims`,
  };
}

describe("pathsFrom", () => {
  it.each([
    ["HOME", { HOME: "/h" }, below("/h")],
    ["no HOME", {}, below(userInfo().homedir)],
    ["an empty HOME", { HOME: "" }, below(userInfo().homedir)],
    ["a relative HOME", { HOME: "h" }, below(userInfo().homedir)],
    [
      "relative XDG folders, which do not count",
      { HOME: "/h", XDG_DATA_HOME: "d", XDG_CACHE_HOME: "", XDG_CONFIG_HOME: "./c" },
      below("/h"),
    ],
    [
      "XDG folders",
      { HOME: "/h", XDG_DATA_HOME: "/d", XDG_CACHE_HOME: "/c", XDG_CONFIG_HOME: "/f" },
      {
        data: "/d/veln",
        cache: "/c/veln",
        userConfig: "/f/veln/config.toml",
        shims: "/d/veln/shims",
      },
    ],
  ])("follows %s", (_what, env, paths) => {
    expect(pathsFrom(env)).toEqual(paths);
  });
});
