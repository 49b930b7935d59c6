import { beforeAll, describe, expect, it } from "vitest";
import {
  atLeast,
  casesIn,
  hostsForPlanting,
  obfuscationInputs,
  plantedInputs,
  type Said,
  saidOf,
  saidOfAll,
  tableOf,
} from "./support/corpus.ts";

/** The list of issue 4, each with several variants. */
const TECHNIQUES = [
  "agent-configuration",
  "assembled-names",
  "binding-gyp",
  "clock-gate",
  "data-file",
  "encrypted-blob",
  "hidden-unicode",
  "import-worm",
  "jsfuck",
  "number-array",
  "off-screen",
  "packer",
  "string-array",
  "text-for-scanners",
  "three-files",
  "wallet-swap",
];

/** Variants of which nothing of severity high is said, with the reason. Found one day, they fail here. */
const MISSED: Readonly<Record<string, string>> = {
  "data-file/text-lines": "text built bit by bit is not followed into a data: address",
  "jsfuck/dollars.js": "names of $ and _ are not brackets, and Function is reached by them",
  "packer/dean-edwards.js": "a packer that rewrites words by a pattern is not recognised",
  "packer/inflate-compile.js": "told as medium: a short blob, decoded in place",
  "text-for-scanners/readme": "no word of ignoring orders stands in it",
};

/** Text for a scanner harms nobody by itself: severity medium is enough. */
const MEDIUM_IS_ENOUGH: ReadonlySet<string> = new Set(["text-for-scanners/readme"]);

/** Variants that are found alone and not behind the code of an honest package, with the reason. */
const LOST_IN_HOST: Readonly<Record<string, string>> = {};

const names = casesIn("obfuscation");
const SILENCE: Said = { lens: [], diff: [], others: [], unknown: [] };
let said: ReadonlyMap<string, Said> = new Map();

beforeAll(async () => {
  said = await saidOfAll("obfuscation", obfuscationInputs);
}, 120_000);

/** Hidden characters and the commands of build descriptions have signals of their own. */
function isFound(name: string, { lens, others } = said.get(name) ?? SILENCE): boolean {
  const beside = others.filter((line) => BESIDE_LENS.test(line));
  return atLeast(MEDIUM_IS_ENOUGH.has(name) ? "medium" : "high", [...lens, ...beside]).length > 0;
}

const BESIDE_LENS = / (?:hides-unicode|installs-by-dangerous-command)\//;

describe("techniques of hiding", () => {
  it("are all there, each in several variants", () => {
    const techniques = names.map((name) => name.slice(0, name.indexOf("/")));
    expect([...new Set(techniques)]).toEqual(TECHNIQUES);
    const single = TECHNIQUES.filter(
      (each) => techniques.filter((technique) => technique === each).length < 3,
    );
    expect(single).toEqual([]);
  });

  it("make exactly these rules fire, and no others", () => {
    expect(Object.fromEntries(said)).toEqual(tableOf("obfuscation", said));
  });

  it("are all found, but for the misses named here", () => {
    expect(names.filter((name) => !isFound(name))).toEqual(Object.keys(MISSED).sort());
  });

  it("are found as well behind the code of an honest package, but for those named here", async () => {
    const hosts = hostsForPlanting();
    const lost: string[] = [];
    for (const [at, name] of names
      .filter((each) => each.endsWith(".js") && isFound(each))
      .entries()) {
      const host = hosts[at % hosts.length] ?? "";
      if (!isFound(name, await saidOf(plantedInputs(host, name)))) lost.push(name);
    }
    expect(hosts.length).toBeGreaterThan(20);
    expect(lost).toEqual(Object.keys(LOST_IN_HOST).sort());
  });
});
