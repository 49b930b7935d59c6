import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import { shownConfig, type ShownConfig } from "./shown-config.ts";
import { usersScriptShell } from "./users-shell.ts";

const TOKEN = "_authToken";

/** A home folder and a project with these files, and what a sandbox shows of them. */
function shownOf(files: Readonly<Record<string, string>>): ShownConfig & { readonly root: string } {
  const root = realpathSync(temporaryFolder());
  for (const [path, text] of Object.entries({ "home/x": "", "home/app/x": "", ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const home = join(root, "home");
  const shown = shownConfig({
    home,
    env: {},
    projectFolders: [join(home, "app")],
    runFolder: join(root, "run"),
  });
  return { ...shown, root };
}

describe("shownConfig", () => {
  it("shows the user's settings without their credentials, each in its place", () => {
    const { shown, root } = shownOf({
      "home/.npmrc": `save-exact=true\n//x.invalid/:${TOKEN}=sesame\n`,
      "home/.yarnrc.yml": "npmAuthToken: sesame\nnodeLinker: pnp\n",
      "home/.config/pnpm/rc": "shamefully-hoist=true\n",
    });
    const seen = Object.entries(shown).map(([place, copy]) => [
      place.slice(root.length),
      readFileSync(copy, "utf8"),
    ]);
    expect(Object.fromEntries(seen)).toEqual({
      "/home/.npmrc": "save-exact=true\n",
      "/home/.yarnrc.yml": '{"nodeLinker":"pnp"}',
      "/home/.config/pnpm/rc": "shamefully-hoist=true\n",
    });
  });

  it("leaves files of the project alone that hold no credential", () => {
    const { shown, exposed } = shownOf({
      "home/app/.npmrc": "registry=https://x.invalid/\n",
      "home/app/.yarnrc.yml": "nodeLinker: node-modules # by hand\n",
      "home/app/bunfig.toml": "[install]\nexact = true\n",
    });
    expect({ shown, exposed }).toEqual({ shown: {}, exposed: [] });
  });

  it.each([
    [".npmrc", `//x.invalid/:${TOKEN}=npm_sesame`, true, []],
    [".npmrc", `//x.invalid/:${TOKEN}=\${NPM_TOKEN}`, false, ["NPM_TOKEN"]],
    [".npmrc", "registry=https://me:sesame@x.invalid/", true, []],
    [".yarnrc.yml", 'npmAuthToken: "${TOKEN:-}"', false, ["TOKEN"]],
    [".yarnrc.yml", "npmAuthToken: sesame", true, []],
    [
      "bunfig.toml",
      '[install]\nregistry = { url = "https://x.invalid", token = "$BUN_TOKEN" }',
      false,
      ["BUN_TOKEN"],
    ],
    [
      "bunfig.toml",
      '[install]\nregistry = { url = "https://x.invalid", token = "sesame" }',
      true,
      [],
    ],
  ] as const)("of a project's %s: %s", (name, text, isLiteral, variables) => {
    const { shown, exposed, root } = shownOf({ [`home/app/${name}`]: text });
    const path = join(root, "home/app", name);
    expect(exposed).toEqual([{ path, isLiteral, variables }]);
    expect(readFileSync(shown[path] ?? "", "utf8")).not.toContain("sesame");
  });
});

describe("usersScriptShell", () => {
  it("is the shell that the person or the project has set, and sh otherwise", () => {
    const { root } = shownOf({
      "home/.npmrc": "script-shell=/bin/dash\n",
      "home/app/.npmrc": 'save=true\nscript-shell = "/bin/bash"\n',
      "ws/pnpm-workspace.yaml": "scriptShell: /bin/zsh\n",
    });
    const home = join(root, "home");
    const shells = [
      usersScriptShell({ HOME: home, npm_config_script_shell: "/bin/ksh" }, []),
      usersScriptShell({ HOME: home }, [join(home, "app")]),
      usersScriptShell({ HOME: home }, [join(root, "ws")]),
      usersScriptShell({ HOME: home }, []),
      usersScriptShell({}, []),
    ];
    expect(shells).toEqual(["/bin/ksh", "/bin/bash", "/bin/zsh", "/bin/dash", "/bin/sh"]);
  });
});
