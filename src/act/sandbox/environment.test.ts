import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roomEnvironment } from "./environment.ts";
import { looksSecret } from "./secrets.ts";

/** "kept", "gone", or what is left of the value. */
function fate(name: string, value: string, added: readonly string[] = []): string {
  const shown = new Map(Object.entries(roomEnvironment({ [name]: value }, added))).get(name);
  if (shown === undefined) return "gone";
  return shown === value ? "kept" : shown;
}

describe("roomEnvironment", () => {
  it.each([
    ["PATH", "/home/dev/.nvm/bin:/usr/bin"],
    ["HOME", "/home/dev"],
    ["PWD", "/home/dev/project"],
    ["LANG", "de_DE.UTF-8"],
    ["LC_ALL", "C"],
    ["LC_MESSAGES", "C"],
    ["TERM", "xterm-256color"],
    ["NO_COLOR", ""],
    ["CI", "true"],
    ["GITHUB_ACTIONS", "true"],
    ["NODE_ENV", "production"],
    ["NODE_EXTRA_CA_CERTS", "/etc/ssl/corp.pem"],
    ["npm_config_build_from_source", "true"],
    ["npm_config_registry", "https://mirror.invalid/npm/"],
    ["NPM_CONFIG_LOGLEVEL", "warn"],
    ["npm_config_@corp:registry", "https://mirror.invalid/npm/"],
    ["npm_lifecycle_event", "postinstall"],
    ["npm_package_name", "a"],
    ["YARN_ENABLE_SCRIPTS", "true"],
    ["COREPACK_ENABLE_STRICT", "0"],
    ["NVM_DIR", "/home/dev/.nvm"],
    ["CC", "clang"],
    ["CXXFLAGS", "-O2 -std=c++20"],
    ["LDFLAGS", "-L/opt/lib"],
    ["PYTHON", "/usr/bin/python3"],
    ["PKG_CONFIG_PATH", "/opt/lib/pkgconfig"],
    ["JAVA_HOME", "/opt/jdk"],
    ["ELECTRON_MIRROR", "https://mirror.invalid/electron/"],
    ["PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"],
    ["CYPRESS_INSTALL_BINARY", "0"],
    ["HUSKY", "0"],
    ["SHARP_IGNORE_GLOBAL_LIBVIPS", "1"],
  ])("keeps %s=%s", (name, value) => {
    expect(fate(name, value)).toBe("kept");
  });

  it.each([
    ["NPM_TOKEN", "x"],
    ["NODE_AUTH_TOKEN", "x"],
    ["GITHUB_TOKEN", "x"],
    ["GITHUB_ENV", "/tmp/env"],
    ["GITHUB_PATH", "/tmp/path"],
    ["ACTIONS_ID_TOKEN_REQUEST_URL", "https://x.invalid"],
    ["AWS_ACCESS_KEY_ID", "x"],
    ["AWS_PROFILE", "x"],
    ["GOOGLE_APPLICATION_CREDENTIALS", "/x"],
    ["KUBECONFIG", "/x"],
    ["DOCKER_HOST", "unix:///var/run/docker.sock"],
    ["SSH_AUTH_SOCK", "/tmp/agent"],
    ["DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/bus"],
    ["DISPLAY", ":0"],
    ["WAYLAND_DISPLAY", "wayland-0"],
    ["XAUTHORITY", "/home/dev/.Xauthority"],
    ["XDG_RUNTIME_DIR", "/run/user/1000"],
    ["ANTHROPIC_API_KEY", "x"],
    ["OPENAI_API_KEY", "x"],
    ["DATABASE_URL", "postgres://db.invalid/x"],
    ["LD_PRELOAD", "/x.so"],
    ["BASH_ENV", "/x"],
    ["ENV", "/x"],
    ["BASH_FUNC_x%%", "() { :; }"],
    ["GIT_SSH_COMMAND", "ssh"],
    ["NODE_CHANNEL_FD", "3"],
    ["HTTPS_PROXY", "http://proxy.invalid:3128"],
    ["http_proxy", "http://proxy.invalid:3128"],
    ["ALL_PROXY", "socks://proxy.invalid"],
    ["npm_config_https_proxy", "http://proxy.invalid:3128"],
    ["npm_config_https-proxy", "http://proxy.invalid:3128"],
    ["npm_config_proxy", "http://proxy.invalid:3128"],
    ["npm_config_noproxy", "a.invalid"],
    ["YARN_HTTPS_PROXY", "http://proxy.invalid:3128"],
    ["npm_config__authToken", "x"],
    ["npm_config_//registry.invalid/:_authToken", "x"],
    ["npm_config_//registry.invalid/:_password", "x"],
    ["npm_config_registry", "https://ann:word@mirror.invalid/npm/"],
    ["YARN_NPM_AUTH_TOKEN", "x"],
    ["ELECTRON_MIRROR", "https://sometoken@mirror.invalid/"],
    ["CYPRESS_RECORD_KEY", "x"],
    ["DEBUG", "-----BEGIN PRIVATE KEY-----"],
    ["Path", "/x"],
    ["PATHX", "/x"],
    ["", "x"],
    ["__proto__", "x"],
  ])("drops %s=%s", (name, value) => {
    expect(fate(name, value)).toBe("gone");
  });

  it.each([
    ["--max-old-space-size=4096", "kept"],
    ["--no-deprecation --use-system-ca", "kept"],
    ["--require /home/dev/hook.js", "gone"],
    ["--import=/home/dev/hook.mjs --enable-source-maps", "--enable-source-maps"],
    ["--loader ts-node/esm", "gone"],
    ["--inspect-brk=0.0.0.0:9229", "gone"],
    ["--max-old-space-size 4096", "gone"],
    ['--require "/home/dev/--enable-source-maps "', "gone"],
    ["", "kept"],
  ])("leaves of NODE_OPTIONS=%s: %s", (value, left) => {
    expect(fate("NODE_OPTIONS", value)).toBe(left);
  });

  it.each([
    ["MY_TOOL", ["MY_TOOL"], "kept"],
    ["MY_TOOLS", ["MY_TOOL"], "gone"],
    ["MY_TOOL_HOME", ["MY_TOOL_*"], "kept"],
    ["MY_TOOL_TOKEN", ["MY_TOOL_*"], "gone"],
    ["MY_TOOL_TOKEN", ["MY_TOOL_TOKEN"], "kept"],
    ["HTTPS_PROXY", ["HTTPS_PROXY"], "kept"],
  ])("%s with %j of the policy: %s", (name, added, expected) => {
    expect(fate(name, "x", added)).toBe(expected);
  });

  it("shows no value of a shape that only credentials have, and invents nothing", () => {
    const names = fc.oneof(
      fc.string(),
      fc.constantFrom("PATH", "npm_config_registry", "NODE_OPTIONS", "LC_X", "CC", "DEBUG"),
    );
    const values = fc.oneof(
      fc.string(),
      fc.tuple(fc.string(), fc.webUrl({ withQueryParameters: true })).map((pair) => pair.join("")),
      fc.string().map((text) => `https://${text}@a.invalid`),
    );
    fc.assert(
      fc.property(fc.dictionary(names, values), (user) => {
        const shown = Object.entries(roomEnvironment(user, []));
        expect(shown.filter(([, value]) => looksSecret(value))).toEqual([]);
        const changed = shown.filter(([name, value]) => user[name] !== value);
        expect(changed.filter(([name]) => name !== "NODE_OPTIONS")).toEqual([]);
      }),
    );
  });
});
