import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { registryUrl } from "./registry-url.ts";

describe("registryUrl", () => {
  it.each([
    ["https://npm.invalid", "https://npm.invalid/"],
    ["https://npm.invalid/", "https://npm.invalid/"],
    ["HTTPS://NPM.invalid:443/Team", "https://npm.invalid/Team/"],
    ["http://127.0.0.1:4873/a/b/", "http://127.0.0.1:4873/a/b/"],
    ["https://npm.invalid/?", "https://npm.invalid/"],
  ])("gives %s its one form", (text, url) => {
    expect(registryUrl(text)).toBe(url);
  });

  it.each([
    "",
    "npm.invalid",
    "/npm",
    "file:///npm",
    "ftp://npm.invalid/",
    "https://user@npm.invalid/",
    "https://:secret@npm.invalid/",
    "https://npm.invalid/?a=b",
    "https://npm.invalid/#a",
  ])("knows none in %j", (text) => {
    expect(registryUrl(text)).toBeUndefined();
  });

  it("never throws, and leaves its own form alone", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()), (text) => {
        const url = registryUrl(text);
        expect(url === undefined ? undefined : registryUrl(url)).toBe(url);
      }),
    );
  });
});
