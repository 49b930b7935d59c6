import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { proxyVariables, scriptShell } from "./script-shell.ts";

const folder = mkdtempSync(join(tmpdir(), "veln-script-shell-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `text` prints when a package manager runs it with such variables. */
function run(text: string, env: Readonly<Record<string, string>>, shell = "/bin/sh"): string {
  const path = join(folder, "shell");
  writeFileSync(path, scriptShell({ shell, proxyPort: 4000, token: "abcdef" }), { mode: 0o700 });
  const given = { PATH: process.env["PATH"] ?? "", ...env };
  return execFileSync(path, ["-c", text], { env: given, encoding: "utf8" }).trim();
}

/** The name under which a script's downloaders sign on. */
function userFor(name: string, version: string): string {
  const url = run('printf %s "$HTTPS_PROXY"', {
    npm_package_name: name,
    npm_package_version: version,
  });
  return decodeURIComponent(new URL(url).username);
}

describe("scriptShell", () => {
  it.each([
    ["esbuild", "0.21.5", "esbuild@0.21.5"],
    ["@scope/name", "1.0.0-rc.1+b.5", "@scope/name@1.0.0-rc.1+b.5"],
    ["JSONStream", "1.3.5", "JSONStream@1.3.5"],
    ["", "1.0.0", "script"],
    ["a", "", "script"],
    ["a$(id)", "1.0.0", "script"],
    ["a", "1.0.0`id`", "script"],
    ["a:b@c.invalid", "1.0.0", "script"],
    ["a%40", "1.0.0", "script"],
    ["a\nb", "1.0.0", "script"],
  ])("signs %j at %j on as %s", (name, version, user) => {
    expect(userFor(name, version)).toBe(user);
  });

  it("sets what downloaders look at and leaves nothing of its own", () => {
    const printed = run("env", { npm_package_name: "a", npm_package_version: "1.0.0", MINE: "1" });
    const set = Object.fromEntries(
      printed.split("\n").map((line) => [line.split("=")[0], line.replace(/^[^=]*=/, "")]),
    );
    const { PATH: _, PWD: __, OLDPWD: ___, SHLVL: ____, _: _____, ...rest } = set;
    expect(rest).toEqual({
      ...proxyVariables("http://a%401.0.0:abcdef@127.0.0.1:4000"),
      npm_package_name: "a",
      npm_package_version: "1.0.0",
      MINE: "1",
      PYTHONDONTWRITEBYTECODE: "1",
    });
  });

  it("takes the folder by which it was found from the front of PATH, and from there alone", () => {
    const path = join(folder, "found");
    const text = scriptShell({
      shell: "/bin/sh",
      proxyPort: 4000,
      token: "abcdef",
      onPath: "/run 1/it's [x]*",
    });
    writeFileSync(path, text, { mode: 0o700 });
    const after = (given: string): string =>
      execFileSync(path, ["-c", 'printf %s "$PATH"'], { env: { PATH: given }, encoding: "utf8" });
    expect([after("/run 1/it's [x]*:/usr/bin:/bin"), after("/usr/bin:/run 1/it's [x]*")]).toEqual([
      "/usr/bin:/bin",
      "/usr/bin:/run 1/it's [x]*",
    ]);
  });

  it("hands on arguments, status and a shell whose path has a quote in it", () => {
    expect(run(`printf '%s|' "$0" "$@"`, {})).toBe("/bin/sh|");
    expect(() => run("exit 7", {})).toThrow(expect.objectContaining({ status: 7 }) as Error);
    const odd = join(folder, "it's sh");
    writeFileSync(odd, '#!/bin/sh\nprintf "odd %s" "$2"\n', { mode: 0o700 });
    expect(run("x  y", {}, odd)).toBe("odd x  y");
  });
});
