import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutCredentials, type ConfigForm } from "./without-credentials.ts";

const SECRET = "s3cr3t-v4lue";
const TOKEN = "_authToken";

const GUILTY: readonly (readonly [form: ConfigForm, text: string])[] = [
  ["npmrc", `//npm.corp.invalid/:${TOKEN}=${SECRET}`],
  ["npmrc", `  //npm.corp.invalid/:${TOKEN} = "${SECRET}"`],
  ["npmrc", `"//npm.corp.invalid/:_password"=${SECRET}`],
  ["npmrc", `_auth=${SECRET}`],
  ["npmrc", `//npm.corp.invalid/:username=${SECRET}`],
  ["npmrc", `//npm.corp.invalid/:keyfile=/home/dev/${SECRET}`],
  ["npmrc", `key="${SECRET}"`],
  ["npmrc", `registry=https://me:${SECRET}@npm.corp.invalid/`],
  ["npmrc", `https-proxy=http://me:p@ss${SECRET}@proxy.invalid:3128`],
  ["npmrc", `\r\n_authToken=${SECRET}\r\nx=1`],
  ["npmrc", `a=1\r_authToken=${SECRET}\rb=2`],
  ["yarnrc", `"//npm.corp.invalid/:${TOKEN}" "${SECRET}"`],
  ["yarnrc", `_authToken ${SECRET}`],
  ["yaml", `npmAuthToken: ${SECRET}`],
  ["yaml", `npmScopes:\n  corp:\n    npmAuthIdent: "me:${SECRET}"\n`],
  ["yaml", `npmRegistries: { "//x.invalid": { npmAuthToken: "${SECRET}" } }`],
  ["yaml", `httpsProxy: "http://me:${SECRET}@proxy.invalid"`],
  ["yaml", `a: [${SECRET}: broken`],
  ["toml", `[install]\nregistry = { url = "https://x.invalid", token = "${SECRET}" }`],
  ["toml", `[install.scopes]\ncorp = { username = "me", password = '${SECRET}' }`],
  ["toml", `[install]\nregistry = "https://me:${SECRET}@x.invalid/"`],
];

describe("withoutCredentials", () => {
  it.each(GUILTY)("leaves no credential in %s %j", (form, text) => {
    expect(withoutCredentials(text, form)).not.toContain(SECRET);
  });

  it.each<readonly [ConfigForm, string]>([
    [
      "npmrc",
      "registry=https://npm.corp.invalid/\n@corp:registry=https://x.invalid/\nalways-auth=true\nsave-exact=true\ncafile=/etc/ssl/corp.pem\n; of the team\ninit-author-email=me@corp.invalid",
    ],
    ["yarnrc", 'registry "https://npm.corp.invalid/"\nyarn-offline-mirror "./mirror"\n'],
    ["toml", '[install]\nregistry = "https://x.invalid/"\nexact = true\n'],
  ])("leaves honest %s as it is", (form, text) => {
    expect(withoutCredentials(text, form)).toBe(text);
  });

  it("keeps what yarn is set to beside them", () => {
    const text =
      "nodeLinker: node-modules\nnpmScopes:\n  corp:\n    npmAuthToken: x\n    npmRegistryServer: https://x.invalid\nenableGlobalCache: false\n";
    expect(JSON.parse(withoutCredentials(text, "yaml"))).toEqual({
      nodeLinker: "node-modules",
      npmScopes: { corp: { npmRegistryServer: "https://x.invalid" } },
      enableGlobalCache: false,
    });
  });

  it("leaves none under any key that holds a word for one, whatever stands around it", () => {
    const key = fc.constantFrom("_authToken", "_auth", "_password", "npmAuthToken", "authIdent");
    const around = fc.stringMatching(/^[a-z0-9/:.@ ]{0,20}$/);
    fc.assert(
      fc.property(around, key, around, (before, name, after) => {
        const line = `a=1\n${before}${name}=${SECRET}\n${after}`;
        expect(withoutCredentials(line, "npmrc")).not.toContain(SECRET);
      }),
    );
  });
});
