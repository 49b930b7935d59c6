import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runSignals, withoutPreviousFiles } from "../../src/examine/run.ts";
import type { Gathered } from "../../src/examine/signal.ts";
import type { AnySignal } from "../../src/examine/signals.ts";
import { parseJson } from "../../src/model/canonical.ts";
import type { SignalResult } from "../../src/model/examination.ts";
import { type Fixture, gatheredFrom } from "./fixture-inputs.ts";

/**
 * One test a fixture: the signal's whole answer equals `expected.json`. With VELN_WRITE_EXPECTED=1
 * the answers are written there instead, for reading and committing.
 */
export function testSignal(folder: string, signal: AnySignal): void {
  describe(`signal ${signal.id}`, () => {
    it.each(casesOf(folder, "guilty"))("finds guilty/%s", async (name) => {
      const { result, expected } = await play(join(folder, "guilty", name), signal);
      expect(result).toEqual(expected);
      expect(["found", "unknown"]).toContain(result.outcome);
    });

    it.each(casesOf(folder, "innocent"))("passes innocent/%s", async (name) => {
      const { result, expected, fixture } = await play(join(folder, "innocent", name), signal);
      expect(result).toEqual(expected);
      expect(alarmsOf(result, fixture)).toEqual([]);
    });
  });
}

function casesOf(folder: string, kind: "guilty" | "innocent"): string[] {
  return readdirSync(join(folder, kind)).sort();
}

function alarmsOf(result: SignalResult, fixture: Fixture): readonly unknown[] {
  if (result.outcome === "unknown") return [result];
  if (result.outcome !== "found") return [];
  return fixture.mayMention
    ? result.findings.filter((finding) => finding.severity !== "info")
    : result.findings;
}

async function play(
  folder: string,
  signal: AnySignal,
): Promise<{ result: SignalResult; expected: unknown; fixture: Fixture }> {
  const fixture = parseJson(readFileSync(join(folder, "case.json"), "utf8")) as unknown as Fixture;
  const result = await runSignalHere(signal, gatheredFrom(folder, fixture));
  const path = join(folder, "expected.json");
  if (process.env["VELN_WRITE_EXPECTED"] === "1") {
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  }
  return { result, expected: parseJson(readFileSync(path, "utf8")), fixture };
}

/** As the examiner does it: the previous files are handed over only when the signal asks for them. */
export async function runSignalHere(signal: AnySignal, gathered: Gathered): Promise<SignalResult> {
  const { previousFiles } = gathered;
  const lazily: Gathered = signal.needs.includes("previousFiles")
    ? gathered
    : { ...gathered, previousFiles: { state: "unknown", why: "nobody asked for it yet" } };
  const results: SignalResult[] = [];
  const keep = {
    onResult: ({ result }: { readonly result: SignalResult }): void => {
      results.push(result);
    },
  };
  const stop = new AbortController().signal;
  const asking = await runSignals([signal], lazily, stop, keep);
  if (asking.length > 0) {
    const still =
      previousFiles.state === "known" ? await runSignals([signal], gathered, stop, keep) : asking;
    if (still.length > 0) keep.onResult(withoutPreviousFiles(signal, previousFiles));
  }
  const [result] = results;
  if (results.length !== 1 || result === undefined) throw new Error("not exactly one answer");
  return result;
}
