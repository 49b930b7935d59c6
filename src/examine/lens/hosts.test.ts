import { describe, expect, it } from "vitest";
import { belongsTo, isOpenPackageAddress, ownersDomainOf } from "./hosts.ts";

describe("a secret and a host", () => {
  it.each([
    ["process.env.GITHUB_TOKEN", "api.github.com"],
    ["~/.npmrc", "registry.npmjs.org"],
    ["~/.config/gcloud/application_default_credentials.json", "oauth2.googleapis.com"],
    ["~/.azure/accessTokens.json", "login.microsoftonline.com"],
    ["~/.claude/.credentials.json", "api.anthropic.com"],
    ["~/.config/gh/hosts.yml", "api.github.com"],
    ["~/.aws/credentials", "sts.amazonaws.com"],
    ["~/.yarnrc.yml", "registry.yarnpkg.com"],
    ["child_process.execFile gh", "api.github.com"],
    ["child_process.exec az account get-access-token", "management.azure.com"],
  ])("%s belongs to %s", (secret, host) => {
    expect(belongsTo(secret, host)).toBe(true);
  });

  it.each([
    ["process.env.GITHUB_TOKEN", "collect.invalid"],
    ["~/.config/gcloud/application_default_credentials.json", "googleapis.com.collect.invalid"],
    ["~/.azure/accessTokens.json", "notwindows.net"],
    ["~/.claude/.credentials.json", "anthropic.com.invalid"],
    ["~/.ssh/id_rsa", "api.github.com"],
    ["process.env.API_TOKEN", "api.collect.invalid"],
  ])("%s does not belong to %s", (secret, host) => {
    expect(belongsTo(secret, host)).toBe(false);
  });
});

describe("the domain of a host's owner", () => {
  it.each([
    ["logs.vendor.com", "vendor.com"],
    ["a.b.vendor.co.uk", "vendor.co.uk"],
  ])("of %s is %s", (host, domain) => {
    expect(ownersDomainOf(host)).toBe(domain);
  });

  it.each(["vendor.com", "198.51.100.7", "somebody.github.io", "bucket.s3.amazonaws.com"])(
    "is not known of %s",
    (host) => {
      expect(ownersDomainOf(host)).toBeUndefined();
    },
  );
});

describe("an address of a network for packages", () => {
  it.each([
    ["https://unpkg.com/…/index.js", true],
    ["https://cdn.jsdelivr.net/npm/…", true],
    ["https://unpkg.com/tool@1.2.3/index.js", false],
    ["https://unpkg.com.collect.invalid/…", false],
    ["https://collect.invalid/…", false],
  ])("%s: named by the caller is %s", (address, isOpen) => {
    expect(isOpenPackageAddress(address)).toBe(isOpen);
  });
});
