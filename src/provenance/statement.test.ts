import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathsIn, put } from "../../test/support/sigstore/edit.ts";
import { githubProvenance, RELEASED } from "../../test/support/sigstore/statements.ts";
import { canonicalJson, type Json } from "../model/canonical.ts";
import { npmRef } from "../model/package-ref.ts";
import type { Step } from "../model/provenance.ts";
import { buildClaimsOf } from "./build-claims.ts";
import type { Envelope } from "./bundle.ts";
import { checkSubject, statementIn, type Statement } from "./statement.ts";
import { verification, type Verification } from "./verification.ts";

const STATEMENT = githubProvenance();
const TYPE = "application/vnd.in-toto+json";
const SHA512_PATH = ["subject", 0, "digest", "sha512"] as const;

function envelope(payload: string | Uint8Array, payloadType = TYPE): Envelope {
  const bytes = Buffer.from(payload);
  return { kind: "envelope", payloadType, payload: bytes, signature: Buffer.alloc(1), keyId: "" };
}

function read(payload: string | Uint8Array, payloadType?: string): Verification<Statement> {
  return verification(() => statementIn(envelope(payload, payloadType)));
}

function written(
  ...changes: readonly (readonly [readonly (string | number)[], Json | undefined])[]
) {
  return JSON.stringify(changes.reduce<Json>((json, change) => put(json, ...change), STATEMENT));
}

function refused(why: string, cause = "false", step: Step = "statement"): unknown {
  return { state: "failed", step, cause, why };
}

describe("statementIn", () => {
  it("reads the subject, and the predicate as it is", () => {
    expect(read(JSON.stringify(STATEMENT))).toEqual({
      state: "verified",
      value: {
        subject: { purl: "pkg:npm/%40acme/widget@1.2.3", sha512: RELEASED.sha512 },
        predicateType: "https://slsa.dev/provenance/v1",
        predicate: STATEMENT["predicate"],
      },
    });
  });

  it("reads version 0.1 of the format", () => {
    expect(read(written([["_type"], "https://in-toto.io/Statement/v0.1"]))).toMatchObject({
      state: "verified",
    });
  });

  const NO_JSON = refused("The statement is not JSON in UTF-8.");
  const TWICE = refused("The statement has a field twice.");
  const NOT_ONE = refused("The statement is not about exactly one package.");
  const NO_SUBJECT = refused("The statement's subject has no name, or no sha512.");
  const NO_PREDICATE = refused("The statement has no predicate.");
  const VERSION = refused("It is no in-toto statement of a known version.", "unsupported");
  const [subject] = STATEMENT["subject"] as readonly Json[];
  const text = JSON.stringify(STATEMENT);

  it.each<[string, string | Uint8Array, unknown]>([
    ["no JSON", "{", NO_JSON],
    ["nothing", "", NO_JSON],
    ["JSON with a byte order mark", `\uFEFF${text}`, NO_JSON],
    ["bytes that are no UTF-8", Buffer.from(text.replace("acme", "\xff"), "latin1"), NO_JSON],
    ["a list", "[]", refused("The statement is no JSON object.")],
    ["null", "null", refused("The statement is no JSON object.")],
    ["a field twice", text.replace("{", '{"_type":"x",'), TWICE],
    ["a field twice, once escaped", text.replace("{", '{"\\u005ftype":"x",'), TWICE],
    ["a digest twice", text.replace('"sha512"', '"sha512":"0","sha512"'), TWICE],
    ["a prototype twice", text.replace("{", '{"__proto__":{},"__proto__":{},'), TWICE],
    ["no version", written([["_type"], undefined]), VERSION],
    ["another version", written([["_type"], "https://in-toto.io/Statement/v2"]), VERSION],
    ["a version in a list", written([["_type"], ["https://in-toto.io/Statement/v1"]]), VERSION],
    ["no subject", written([["subject"], undefined]), NOT_ONE],
    ["an empty list of subjects", written([["subject"], []]), NOT_ONE],
    ["two subjects", written([["subject"], [subject ?? null, subject ?? null]]), NOT_ONE],
    ["a subject that is no list", written([["subject"], subject]), NOT_ONE],
    ["a subject without a name", written([["subject", 0, "name"], undefined]), NO_SUBJECT],
    ["a subject that is null", written([["subject", 0], null]), NO_SUBJECT],
    ["no sha512", written([["subject", 0, "digest", "sha512"], undefined]), NO_SUBJECT],
    ["a sha512 in upper case", written([SHA512_PATH, RELEASED.sha512.toUpperCase()]), NO_SUBJECT],
    ["a short sha512", written([SHA512_PATH, RELEASED.sha512.slice(1)]), NO_SUBJECT],
    ["a sha512 with a line end", written([SHA512_PATH, `${RELEASED.sha512}\n`]), NO_SUBJECT],
    ["no predicate", written([["predicate"], undefined]), NO_PREDICATE],
    ["a predicate that is a text", written([["predicate"], "x"]), NO_PREDICATE],
    ["no predicate type", written([["predicateType"], undefined]), NO_PREDICATE],
  ])("refuses %s", (_, payload, expected) => {
    expect(read(payload)).toEqual(expected);
  });

  it("refuses another type of payload", () => {
    expect(read(text, "application/json")).toEqual(
      refused('It signs a "application/json", which is no statement.', "unsupported"),
    );
  });

  it("never throws anything but a refusal, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => Buffer.from(json)),
        ),
        (payload) => {
          expect(read(payload)).toMatchObject({ state: "failed" });
        },
      ),
    );
  });

  it("never throws anything but a refusal, whatever stands at a place", () => {
    const paths = pathsIn(STATEMENT).filter((path) => path.length > 0);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const payload = JSON.stringify(put(STATEMENT, path, value as Json));
        const result = verification(() => buildClaimsOf(statementIn(envelope(payload))));
        expect(result.state === "failed" ? result.step : "statement").toBe("statement");
      }),
    );
  });

  it("reads the same out of any way to write the same", () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2, 7), (space) => {
        expect(read(JSON.stringify(STATEMENT, null, space))).toEqual(read(text));
        expect(read(canonicalJson(STATEMENT))).toEqual(read(text));
      }),
    );
  });
});

describe("checkSubject", () => {
  const check = (purl: string, ref = npmRef("@acme/widget", "1.2.3"), sha512 = RELEASED.sha512) =>
    verification(() => {
      checkSubject({ subject: { purl, sha512: RELEASED.sha512 }, ...PREDICATED }, ref, sha512);
    });
  const PREDICATED = { predicateType: "", predicate: {} };

  it("takes the package's own, as npm encodes it", () => {
    expect(check("pkg:npm/%40acme/widget@1.2.3")).toEqual({ state: "verified", value: undefined });
    expect(check("pkg:npm/left-pad@1.0.0", npmRef("left-pad", "1.0.0")).state).toBe("verified");
  });

  it("takes a version with build metadata in both encodings", () => {
    const ref = npmRef("left-pad", "1.0.0+a");
    expect(check("pkg:npm/left-pad@1.0.0%2Ba", ref).state).toBe("verified");
    expect(check("pkg:npm/left-pad@1.0.0+a", ref).state).toBe("verified");
  });

  it.each([
    "pkg:npm/@acme/widget@1.2.3",
    "pkg:npm/%40acme%2Fwidget@1.2.3",
    "pkg:npm/%40Acme/widget@1.2.3",
    "pkg:npm/%40acme/widget@1.2.4",
    "pkg:npm/%40acme/widget@1.2.3?a=b",
    "pkg:npm/%40acme/widget",
    "pkg:pypi/%40acme/widget@1.2.3",
    "@acme/widget@1.2.3",
    "",
  ])("refuses %s", (purl) => {
    expect(check(purl)).toEqual(
      refused(`The statement is about ${purl}, not about @acme/widget@1.2.3.`, "false", "artifact"),
    );
  });

  it("refuses other bytes", () => {
    expect(check("pkg:npm/%40acme/widget@1.2.3", undefined, "0".repeat(128))).toEqual(
      refused(
        "The statement is about other bytes than those of @acme/widget@1.2.3.",
        "false",
        "artifact",
      ),
    );
  });

  it("takes no digest for another that differs in one place", () => {
    for (const place of [0, 64, 127]) {
      const digit = RELEASED.sha512[place] === "0" ? "1" : "0";
      const other = RELEASED.sha512.slice(0, place) + digit + RELEASED.sha512.slice(place + 1);
      expect(check("pkg:npm/%40acme/widget@1.2.3", undefined, other).state).toBe("failed");
    }
  });
});
