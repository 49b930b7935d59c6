import { describe, expect, it } from "vitest";
import { Failure, type FailureCode } from "../../model/failure.ts";
import { refusalOf } from "./answer.ts";

/** Every code, so that a new one has to be thought about here as well. */
const STATUS: Readonly<Record<FailureCode, number>> = {
  usage: 400,
  "bad-config": 500,
  "bad-policy": 500,
  "bad-archive": 403,
  "bad-metadata": 502,
  "not-found": 404,
  unauthorized: 401,
  "upstream-unavailable": 502,
  "upstream-broken": 502,
  "too-large": 403,
  "timed-out": 502,
  offline: 502,
  "store-altered": 500,
  "store-unavailable": 500,
  "sandbox-unavailable": 500,
  cancelled: 499,
};

describe("refusalOf", () => {
  it("has one status for each way to fail", () => {
    const codes = Object.keys(STATUS) as FailureCode[];
    const given = codes.map((code) => [code, refusalOf(new Failure(code, "Why.")).status]);
    expect(Object.fromEntries(given)).toEqual(STATUS);
  });

  it("hands on the sentence and the registry's wish to be asked later", () => {
    const failure = new Failure("upstream-unavailable", "Busy.", { retryAfterSeconds: 7 });
    expect(refusalOf(failure)).toEqual({ status: 502, sentence: "Busy.", retryAfterSeconds: 7 });
  });
});
