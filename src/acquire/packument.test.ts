import * as fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../model/canonical.ts";
import { Packument } from "./packument.ts";

const TARBALL = "https://registry.invalid/a/-/a-1.0.0.tgz";
const SRI = `sha512-${Buffer.alloc(64).toString("base64")}`;

function packument(versions: Readonly<Record<string, JsonObject>>): Packument {
  return Packument.of("a", { name: "a", versions });
}

function entry(dist: JsonObject, rest: JsonObject = {}): JsonObject {
  return { name: "a", version: "1.0.0", dist: { tarball: TARBALL, ...dist }, ...rest };
}

describe("what a registry says of where a version comes from", () => {
  const read = (dist: JsonObject, rest?: JsonObject): unknown => {
    const release = packument({ "1.0.0": entry(dist, rest) }).release("1.0.0");
    if (release === undefined) return undefined;
    const { claimsAttestations, integrityText, signatures, trustedPublisher } = release;
    return { claimsAttestations, integrityText, signatures, trustedPublisher };
  };
  const NOTHING = {
    claimsAttestations: false,
    integrityText: undefined,
    signatures: [],
    trustedPublisher: undefined,
  };
  const SIGNATURE = { keyid: "SHA256:key", sig: "MEUC" };

  it("is read as it stands there", () => {
    const attestations = {
      url: "https://elsewhere.invalid/",
      provenance: { predicateType: "https://slsa.dev/provenance/v1" },
    };
    const user = { name: "ci", trustedPublisher: { id: "github", oidcConfigId: "oidc:1" } };
    const integrity = `${SRI} sha512-x?y`;
    expect(read({ integrity, signatures: [SIGNATURE], attestations }, { _npmUser: user })).toEqual({
      claimsAttestations: true,
      integrityText: integrity,
      signatures: [{ keyId: "SHA256:key", signature: "MEUC" }],
      trustedPublisher: "github",
    });
  });

  it("may be nothing", () => {
    expect(read({})).toEqual(NOTHING);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ["texts", { integrity: 1, signatures: "x", attestations: "x" }, { _npmUser: "x" }],
    ["null", { integrity: null, signatures: null, attestations: null }, { _npmUser: null }],
    [
      "lists",
      { integrity: [SRI], attestations: [] },
      { _npmUser: { trustedPublisher: ["github"] } },
    ],
    ["objects", { signatures: SIGNATURE }, { _npmUser: { trustedPublisher: { id: {} } } }],
    ["signatures of no kind", { signatures: [1, null, "x", {}, { keyid: "k" }, { sig: "s" }] }, {}],
    ["an endless signature", { signatures: [{ keyid: "k", sig: "s".repeat(1024) }] }, {}],
  ])("is nothing where it is of another form: %s", (_, dist, rest) => {
    expect(read(dist, rest)).toEqual(NOTHING);
  });

  it("is read as far as 16 signatures", () => {
    const signatures = Array.from({ length: 17 }, () => SIGNATURE);
    expect(read({ signatures })).toMatchObject({ signatures: { length: 16 } });
  });

  it("is shown without what steers a terminal", () => {
    const user = { trustedPublisher: { id: "git\u001b[2Jhub" } };
    expect(read({}, { _npmUser: user })).toMatchObject({ trustedPublisher: "git\\u{1b}[2Jhub" });
  });
});

describe("a registry that signs", () => {
  const SIGNED = { signatures: [{ keyid: "k", sig: "s" }] };

  it.each<[string, Json, boolean]>([
    ["signatures of another version", SIGNED, true],
    ["attestations of another version", { attestations: { url: "x" } }, true],
    ["nothing of any version", {}, false],
    ["empty lists", { signatures: [] }, false],
    ["signatures that are none", { signatures: [{}], attestations: "x" }, false],
    ["an entry that is none", null, false],
  ])("is known by %s", (_, dist, expected) => {
    const other: JsonObject = { name: "a", version: "2.0.0", dist };
    expect(packument({ "1.0.0": entry({}), "2.0.0": other }).isSigned).toBe(expected);
  });
});

function versionsIn(order: readonly string[]): readonly string[] {
  const versions = Object.fromEntries(order.map((version) => [version, { version }]));
  const packument = Packument.parse("a", JSON.stringify({ name: "a", versions }));
  return packument.history().versions.map(({ version }) => version);
}

describe("the history of a package", () => {
  it("is in the order of its numbers, in whatever order its registry tells them", () => {
    const order = ["0.9.3", "0.35.5", "0.35.5-rc.1", "1.0.0+b", "1.0.0+a", "0.35.10"];
    expect(versionsIn(order)).toEqual([
      "0.9.3",
      "0.35.5-rc.1",
      "0.35.5",
      "0.35.10",
      "1.0.0+a",
      "1.0.0+b",
    ]);
  });

  it("is so for any numbers", () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join("."));
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1 }), (order) => {
        expect(versionsIn(order)).toEqual(semver.sort([...order]));
      }),
    );
  });
});
