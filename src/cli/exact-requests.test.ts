import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exactRequests } from "./exact-requests.ts";

describe("exactRequests", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "veln-exact-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("takes exact versions from the command line and the project, and nothing else", () => {
    const manifest = {
      dependencies: { a: "1.0.0", b: "^1.0.0" },
      devDependencies: { "@s/c": "2.0.0-rc.1" },
      optionalDependencies: { d: "latest" },
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    const asked = exactRequests(["add", "--save-exact", "e@3.0.0", "f@^3", "@s/g@1.2.3"], folder);
    expect([...asked].sort()).toEqual(["@s/c@2.0.0-rc.1", "@s/g@1.2.3", "a@1.0.0", "e@3.0.0"]);
  });

  it.each([undefined, "not json", "[]", '"text"'])(
    "takes a package.json of %j for none",
    (text) => {
      if (text !== undefined) writeFileSync(join(folder, "package.json"), text);
      expect([...exactRequests(["install", "a@1.0.0"], folder)]).toEqual(["a@1.0.0"]);
    },
  );
});
