import { describe, expect, it } from "vitest";
import { testSignal } from "../../../../test/support/signals.ts";
import { parseManifest } from "../../../model/manifest.ts";
import { npmRef } from "../../../model/package-ref.ts";
import { metadataIsIncoherent } from "./signal.ts";

testSignal(import.meta.dirname, metadataIsIncoherent);

describe("what a package calls itself", () => {
  const digests = { sha512: "", sha256: "", sha1: "" };
  const artifact = { ref: npmRef("Fixture", "1.0.0"), digests, sizeBytes: 1 };
  const claimsOf = async (name: string, version: string): Promise<unknown> => {
    const manifest = parseManifest({ name, version, description: "x", license: "MIT" });
    const stop = new AbortController().signal;
    const result = await metadataIsIncoherent.examine(
      { artifact, manifest },
      stop,
      () => undefined,
    );
    return result.outcome === "found" ? result.findings.map(({ id }) => id) : result.outcome;
  };

  it.each([
    ["Fixture", "1.0.0", "clear"],
    [" fixture", "v1.0.0+build", "clear"],
    ["other", "1.0.0", ["metadata-is-incoherent/other-name"]],
    ["../up", "1.0.0", ["metadata-is-incoherent/bad-name"]],
    ["fixture", "1.0.1", ["metadata-is-incoherent/other-version"]],
    ["fixture", "one", ["metadata-is-incoherent/bad-version"]],
  ])("%s %s", async (name, version, claims) => {
    expect(await claimsOf(name, version)).toEqual(claims);
  });
});
