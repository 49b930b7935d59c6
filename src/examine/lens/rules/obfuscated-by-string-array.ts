import type { Rule } from "../rule.ts";

export const obfuscatedByStringArray: Rule = {
  id: "obfuscated-by-string-array",
  title: "Is obfuscated",
  why:
    "Names such as _0x3fa1b2 and texts that are looked up in a shuffled list come from tools that make code " +
    "unreadable on purpose. Minifiers do not do that, and hardly any package that many use is so.",
  example:
    "var _0x4f2a=['log','hello'];(function(_0x1,_0x2){/* … */}(_0x4f2a,0x1a3));console[_0x4f2a[0]]();",
  advice: "Ask the author for the source. What cannot be read cannot be trusted.",
  severity: "high",
  confidence: "high",
  look: (view) =>
    view.shapes
      .filter(
        ({ hexNames, sizeBytes }) => hexNames >= NAMES_MIN && hexNames / sizeBytes > DENSITY_MIN,
      )
      .map(({ path, hexNames }) => ({
        place: { path, line: 1, excerpt: "" },
        message: `${path} holds ${String(hexNames)} names as string-array obfuscators make them.`,
      })),
};

const NAMES_MIN = 20;
/** Of all characters: obfuscated code has one in 20 to 60. */
const DENSITY_MIN = 1 / 1_000;
