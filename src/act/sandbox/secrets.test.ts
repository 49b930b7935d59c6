import { describe, expect, it } from "vitest";
import { looksSecret, namesSecret } from "./secrets.ts";

describe("namesSecret", () => {
  it.each([
    "npm_config__authToken",
    "npm_config__auth",
    "npm_config__password",
    "npm_config_//registry.invalid/:_authToken",
    "npm_config_//registry.invalid/:username",
    "npm_config_key",
    "NPM_CONFIG_OTP",
    "NPM_TOKEN",
    "YARN_NPM_AUTH_TOKEN",
    "YARN_NPM_AUTH_IDENT",
    "BUN_CONFIG_TOKEN",
    "CYPRESS_RECORD_KEY",
    "PRISMA_API_KEY",
    "ELECTRON_APP_PASSWORD",
    "MISE_GITHUB_TOKEN",
    "SHARP_apiKey",
    "npm_config_authToken",
  ])("%s", (name) => {
    expect(namesSecret(name)).toBe(true);
  });

  it.each([
    "PATH",
    "PWD",
    "npm_config_registry",
    "npm_config_@corp:registry",
    "npm_config_cafile",
    "npm_package_name",
    "npm_package_keywords",
    "PLAYWRIGHT_BROWSERS_PATH",
    "CYPRESS_INSTALL_BINARY",
    "npm_config_authors",
    "npm_config_tokenizer",
    "PKG_CONFIG_PATH",
    "YARN_PASSTHROUGH",
  ])("not %s", (name) => {
    expect(namesSecret(name)).toBe(false);
  });
});

describe("looksSecret", () => {
  it.each([
    "https://ann:word@mirror.invalid/npm/",
    "https://sometoken@mirror.invalid",
    "http://ann:word@10.0.0.1:3128",
    "postgres://ann:word@db.invalid/x",
    "a https://ann:word@mirror.invalid b",
    ["//registry.invalid/:", "_authToken", "=x"].join(""),
    "_auth = abc",
    `npm_${"a1B2".repeat(9)}`,
    `ghp_${"a1B2".repeat(9)}`,
    `github_pat_${"a1B2".repeat(9)}`,
    `glpat-${"a1B2".repeat(5)}`,
    "AKIAABCDEFGHIJKLMNOP",
    `eyJhbGciOiJI.eyJzdWIiOiIx.${"x".repeat(9)}`,
    "-----BEGIN RSA PRIVATE KEY-----\nMII",
    "-----BEGIN PRIVATE KEY-----",
    "Authorization: Bearer abcdefghij",
  ])("%j", (value) => {
    expect(looksSecret(value)).toBe(true);
  });

  it.each([
    "",
    "true",
    "https://mirror.invalid/npm/",
    "https://mirror.invalid/@scope/a",
    "https://mirror.invalid/a?b=c@d",
    "ssh://git@github.invalid/a/b.git",
    "git@github.invalid:a/b.git",
    "/home/dev/.cache/npm",
    "/usr/bin:/home/dev/node_modules/@a/b/bin",
    "-O2 -g -I/opt/x",
    "npm_config_registry",
    "npm/11.0.0 node/v24.0.0 linux x64",
    "-----BEGIN CERTIFICATE-----\nMII",
    "task-runner-a-very-long-name",
    "dev@home.invalid",
  ])("not %j", (value) => {
    expect(looksSecret(value)).toBe(false);
  });

  it.each(["https://", "a://:", "a.", "eyJ-", "-----BEGIN ", "Bearer "])(
    "reads a megabyte of %j and finds nothing",
    (piece) => {
      expect(looksSecret(piece.repeat(1_000_000 / piece.length))).toBe(false);
    },
  );
});
