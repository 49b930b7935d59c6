import { describe, expect, it } from "vitest";
import { dialectOf } from "./dialect.ts";

const CAUTIOUS = { cooling: "omit", tarballUrls: "gate" };

describe("dialectOf", () => {
  it.each([
    ["npm/12.2.0 node/v24.21.0 linux x64", { cooling: "deprecate", tarballUrls: "original" }],
    ["NPM/12.2.0", { cooling: "deprecate", tarballUrls: "original" }],
    ["pnpm/10.34.9 npm/? node/v24", { cooling: "deprecate", tarballUrls: "gate" }],
    ["yarn/1.22.22 npm/? node/v24", CAUTIOUS],
    ["Bun/1.4.5", { cooling: "omit", tarballUrls: "absent" }],
    ["got (https://example.invalid/got)", { cooling: "deprecate", tarballUrls: "gate" }],
    ["constructor/1.0", CAUTIOUS],
    ["curl/8", CAUTIOUS],
    ["", CAUTIOUS],
    [undefined, CAUTIOUS],
  ])("speaks to %s", (userAgent, dialect) => {
    expect(dialectOf(userAgent, true)).toEqual(dialect);
  });

  it("gives out no address but the gate's to a client it has not set up", () => {
    const agents = ["npm/12.2.0", "pnpm/12.21.0", "yarn/4.18.1", "bun/1.4.5", undefined];
    const addresses = agents.map((agent) => dialectOf(agent, false).tarballUrls);
    expect(addresses).toEqual(agents.map(() => "gate"));
  });
});
