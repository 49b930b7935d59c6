import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseJson } from "../src/model/canonical.ts";
import {
  atLeast,
  attackInputs,
  casesIn,
  CORPUS,
  lastGoodInputs,
  type Said,
  saidOf,
  saidOfAll,
  tableOf,
} from "./support/corpus.ts";

/** `case.json` of an attack; the names of families are those of {@link FAMILIES}. */
interface AttackCase {
  readonly about: string;
  /** Package and version whose shape this has; none of its code. */
  readonly recreates: string;
  readonly year: number;
  readonly technique: string;
  /** The owner acted against the users; asked for are only the families below. */
  readonly ownerSabotage?: true;
  readonly mustFind: readonly string[];
  readonly mustNotFind: readonly string[];
}

/** What a reader of the report should learn, whichever of the rules says it. */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  "download-and-execute":
    /^(?:runs-remote-code|runs-downloaded-programs|runs-dangerous-commands|fetches-another-runtime|runs-scripts-at-install|installs-by-dangerous-command\/download\S*)$/,
  obfuscation:
    /^(?:obfuscated-by-string-array|runs-hidden-code|runs-number-lists|runs-off-screen|hides-[\w-]+(?:\/[\w-]+)?|written-in-brackets)$/,
  exfiltration:
    /^(?:sends-(?:secrets|environment|wallet-keys|command-output|host-facts|by-dns)|posts-to-collectors|installs-by-dangerous-command\/sends)$/,
  credentials: /^(?:sends-secrets|sends-command-output|collects-secrets|reads-browser-data)$/,
  persistence: /^persists$/,
  worm: /^publishes-packages$/,
  wallet: /^(?:swaps-wallet-addresses|sends-wallet-keys)$/,
  "wallet-hook": /^swaps-wallet-addresses$/,
  tampering: /^rewrites-packages$/,
  destruction: /^destroys-files$/,
  dns: /^sends-by-dns$/,
  "remote-control": /^(?:opens-remote-shell|runs-remote-code)$/,
  network: /^(?:sends-.*|posts-to-collectors|runs-remote-code)$/,
  native: /^(?:ships-native-executable\/.*|runs-dangerous-commands|starts-hidden-process)$/,
  install: /^(?:runs-code-at-install|changes-install-code|installs-by-dangerous-command)(?:\/.*)?$/,
};

/** Families that ought to be found and are not, each with the reason. Found one day, they fail here. */
const FAMILIES_MISSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "art-template-2026": {
    "download-and-execute": "a script element is no call, and no capability names it",
  },
  "chalk-2025": {
    wallet: "the addresses and the hooks lie behind the decoded string array",
  },
  "getcookies-2018": {
    "remote-control":
      "bytes of a header that are copied into a buffer, order by order, are not followed",
  },
  "picasso-2025": {
    destruction: "the command lines of hooks are read by another signal, which knows no deletion",
  },
  "rand-user-agent-2025": {
    "remote-control": "modules from a hidden folder have names that resolve to nothing",
  },
  "rspack-2024": {
    "download-and-execute": "the download is written by a stream that a callback closes",
  },
  "sandworm-mode-2026": {
    persistence: "one of several lists of path parts is spread, and which one is not known",
  },
  "shai-hulud-2025": {
    persistence: "a workflow that is put into a repository over the network is no written file",
  },
};

/** Attacks in which neither Lens nor the diff finds anything of severity high, with the reason. */
const MISSED: Readonly<Record<string, string>> = {
  "getcookies-2018":
    "bytes of a header that are copied into a buffer, order by order, are not followed",
  "ironworm-2026": "there is no source; ships-native-executable and changes-install-code say high",
  "phantomraven-2025": "there is no source; depends-outside-registry says high",
  "picasso-2025": "there is no source; installs-by-dangerous-command says high",
  "postmark-mcp-2025": "one more field in a request that was always sent: nothing is gained",
  "sandworm-mode-2026": "one of several lists of path parts is spread, and which one is not known",
};

const names = casesIn("attacks");
const cases = new Map(names.map((name) => [name, caseOf(name)]));
let said: ReadonlyMap<string, Said> = new Map();

function caseOf(name: string): AttackCase {
  const path = join(CORPUS, "attacks", name, "case.json");
  return parseJson(readFileSync(path, "utf8")) as unknown as AttackCase;
}

function saidOfCase(name: string): Said {
  const found = said.get(name);
  if (found === undefined) throw new Error(`nothing was said of ${name}`);
  return found;
}

function isFound({ lens, diff }: Said): boolean {
  return atLeast("high", [...lens, ...diff]).length > 0;
}

/** Families of which a finding of severity medium or above was made. */
function familiesIn({ lens, others }: Said): readonly string[] {
  const claims = atLeast("medium", [...lens, ...others]).map((line) => line.replace(/^\w+ /, ""));
  return Object.keys(FAMILIES).filter((family) =>
    claims.some((claim) => FAMILIES[family]?.test(claim)),
  );
}

beforeAll(async () => {
  said = await saidOfAll("attacks", attackInputs);
}, 120_000);

describe("re-created attacks on npm packages", () => {
  it("are at least twenty, and say what they are", () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
    const families = [...cases.values()].flatMap(({ mustFind, mustNotFind }) =>
      mustFind.concat(mustNotFind),
    );
    expect(families.filter((family) => !(family in FAMILIES))).toEqual([]);
    expect([...cases].filter(([, each]) => each.recreates === "" || each.year < 2017)).toEqual([]);
  });

  it("make exactly these rules fire, and no others", () => {
    expect(Object.fromEntries(said)).toEqual(tableOf("attacks", said));
  });

  it("are all found by Lens or the diff, but for owners' sabotage and the misses named here", () => {
    const wanted = names.filter((name) => cases.get(name)?.ownerSabotage !== true);
    const missed = wanted.filter((name) => !isFound(saidOfCase(name)));
    expect(missed).toEqual(Object.keys(MISSED).sort());
  });

  it.each(names)("%s: the families of its case are found", (name) => {
    const found = familiesIn(saidOfCase(name));
    const missed = cases.get(name)?.mustFind.filter((family) => !found.includes(family));
    expect(missed).toEqual(Object.keys(FAMILIES_MISSED[name] ?? {}));
  });

  it.each(names)("%s: the families that have no part in it stay silent", (name) => {
    const found = familiesIn(saidOfCase(name));
    expect(cases.get(name)?.mustNotFind.filter((family) => found.includes(family))).toEqual([]);
  });

  it.each(names)("%s: nothing grave is said of the last good version", async (name) => {
    const { lens, unknown } = await saidOf(lastGoodInputs(name));
    expect({ alarms: atLeast("medium", lens), unknown }).toEqual({ alarms: [], unknown: [] });
  });
});
