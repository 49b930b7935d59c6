import { bare, literalText, writtenKey } from "../../program/module.ts";
import type { Use } from "../../program/uses.ts";
import { type Flow, HOLE, pathsOf, textsOf, type Value } from "../../program/value.ts";
import type { Rule, Sighting } from "../rule.ts";
import { flowsOf, type LensView, named, placeOf } from "../view.ts";

export const runsHiddenCode: Rule = {
  id: "runs-hidden-code",
  title: "Decodes text and runs it",
  why:
    "Code that is kept in base64, numbers, ciphertext or a data file and run from there cannot be read " +
    "by whoever reviews the package. That is what it is for. So is a whole program that stands in a text and gets require.",
  example: 'eval(Buffer.from("Y29uc29sZS5sb2coMSk=", "base64").toString());',
  advice: "Decode it without running it and read what it says; until then take it for hostile.",
  severity: "critical",
  confidence: "high",
  look: (view) => [
    ...[...view.runs, ...view.program.uses.filter(loadsAddress)].flatMap(sightingOf),
    ...view.runs.flatMap(sightingOfData),
    ...view.program.uses.flatMap((use) => sightingOfKept(use, view)),
  ],
};

/** A program, not a template or an expression. */
const KEPT_LENGTH_MIN = 1_000;

/** `Function("load", "…")({ get load() { return require; } })`: a program in a text, and its way out. */
function sightingOfKept(use: Use, view: LensView): readonly Sighting[] {
  const made = use.origin?.node;
  if (use.path !== "Function()" || made === undefined) return [];
  if (made.type !== "CallExpression" && made.type !== "NewExpression") return [];
  const body = made.arguments.at(-1);
  const length = body === undefined ? 0 : (literalText(bare(body))?.length ?? 0);
  if (length < KEPT_LENGTH_MIN || !use.args.some((arg) => holdsLoader(arg, view))) return [];
  const message = `A program of ${String(length)} characters is kept as text, and run with require in its hands.`;
  return [{ place: placeOf(use), message, severity: "high", confidence: "high" }];
}

function holdsLoader(value: Value, view: LensView): boolean {
  if (pathsOf(value).includes("require")) return true;
  return value.things.some((one) => {
    if (one.kind !== "object" || one.site.node.type !== "ObjectExpression") return false;
    return one.site.node.properties.some((property) => {
      const key =
        property.type === "SpreadElement" ? undefined : writtenKey(property.key, property.computed);
      if (key === undefined) return false;
      return pathsOf(view.evaluator.memberOf(value, key, undefined)).includes("require");
    });
  });
}

/** `import("data:…")`, `new Worker("data:…")`. */
function loadsAddress(use: Use): boolean {
  const [first] = use.args;
  return first !== undefined && textsOf(first).some((text) => /^data:\w+\/\w*script/.test(text));
}

/** Kinds of files that hold no code of their own. */
const DATA =
  /\.(?:png|jpe?g|gif|ico|svg|webp|bmp|woff2?|ttf|otf|eot|bin|dat|db|map|css|md|pdf|mp[34]|wav|zip|gz|pem|key|log|lock|csv)$/i;

/** A file that is no code, and is run all the same: read as text, and cut. */
function sightingOfData(use: Use): readonly Sighting[] {
  const data = flowsOf(use, "own-file").find(({ what }) => DATA.test(what));
  if (data === undefined || flowsOf(use, "decoded", "decrypted").some(isHiding)) return [];
  const message = `${data.what} gives text that ${use.path} runs.`;
  return [{ place: placeOf(use), message, severity: "critical", confidence: "high" }];
}

function sightingOf(use: Use): readonly Sighting[] {
  const hidden = flowsOf(use, "decoded", "decrypted").filter(isHiding);
  if (hidden.length === 0) return [];
  // `Function(parameters, body)`: the text that was decoded, not the one beside it.
  const [code] = use.args.filter((arg) => arg.flows.some(isHiding)).flatMap(textsOf);
  if (code !== undefined && code.length > 8 && use.module.text.includes(code.slice(0, 24)))
    return [];
  // Code that is put together by functions and only partly known is generated, not hidden.
  const isGenerated = hidden.every(({ what }) => what.endsWith("()"));
  if (isGenerated && (code === undefined || code.includes(HOLE))) return [];
  const isEncrypted = hidden.some((flow) => flow.label === "decrypted");
  const fromFile = flowsOf(use, "own-file").length > 0;
  const isShort =
    code !== undefined && !code.includes(HOLE) && /^\s*(?:return\s+)?[\w.]+\s*;?\s*$/.test(code);
  const what = fromFile ? "A data file of the package is" : "Text in the package is";
  const message = `${what} decoded by ${named(hidden)} and run by ${use.path}${
    code === undefined || code === "" ? "" : `: ${code.slice(0, 80)}`
  }.`;
  const severity =
    isEncrypted || fromFile || (code !== undefined && !isShort) ? "critical" : "medium";
  const confidence = code === undefined && !isEncrypted && !fromFile ? "low" : "high";
  return [{ place: placeOf(use), message, severity, confidence }];
}

function isHiding({ label, what }: Flow): boolean {
  return (label === "decoded" || label === "decrypted") && !HARMLESS.test(what);
}

/** Turns escapes of an address or of one character into text, and hides nothing. */
const HARMLESS = /^(?:decodeURI(?:Component)?|unescape|String\.from(?:CharCode|CodePoint))$/;
