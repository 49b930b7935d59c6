import { describe, expect, it } from "vitest";
import { proxyFor } from "./proxy.ts";

const rules = {
  forHttps: "http://secure.invalid:1/",
  forHttp: "http://plain.invalid:2/",
  except: ["corp.invalid", ".dotted.invalid", "127.0.0.1"],
};

describe("proxyFor", () => {
  it.each([
    ["https://registry.invalid/x", "http://secure.invalid:1/"],
    ["http://registry.invalid/x", "http://plain.invalid:2/"],
    ["https://corp.invalid/", undefined],
    ["https://npm.corp.invalid:4873/", undefined],
    ["https://CORP.invalid/", undefined],
    ["https://notcorp.invalid/", "http://secure.invalid:1/"],
    ["https://invalid/", "http://secure.invalid:1/"],
    ["https://a.dotted.invalid/", undefined],
    ["http://127.0.0.1:80/", undefined],
  ])("%s goes through %s", (url, proxy) => {
    expect(proxyFor(new URL(url), rules)).toBe(proxy);
  });

  it("goes directly when there is no proxy", () => {
    const none = { forHttps: undefined, forHttp: undefined, except: [] };
    expect(proxyFor(new URL("https://registry.invalid/"), none)).toBeUndefined();
  });
});
