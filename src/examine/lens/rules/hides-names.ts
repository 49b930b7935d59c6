import type { Node } from "oxc-parser";
import { bare, type ModuleModel, type Site } from "../../program/module.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { flowsOf, named, placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";
import { pathsOf, textsOf } from "../../program/value.ts";

export const hidesNames: Rule = {
  id: "hides-names",
  title: "Hides the names of what it loads",
  why:
    "Honest code writes the modules that it loads by their names, even when it is minified. Names that " +
    "have to be decoded first are hidden from whoever looks for them.",
  example: 'require(Buffer.from("Y2hpbGRfcHJvY2Vzcw==", "base64").toString()).exec(order);',
  advice: "Read what the names decode to, shown here where it could be worked out.",
  severity: "high",
  confidence: "high",
  look: (view) => [
    ...view.program.uses.filter(isLoad).flatMap((use) => sightingOf(use, view)),
    ...view.program.modules.flatMap((module) => sightingOfMembers(module, view)),
  ],
};

function isLoad(use: Use): boolean {
  return use.path === "require" || use.path === "import";
}

const BUILTIN =
  /^(?:node:)?(?:child_process|fs|fs\/promises|https?|http2|net|tls|dns|os|vm|crypto|zlib|module|worker_threads|dgram|process)$/;

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  const [name] = use.args;
  const decoders = flowsOf(use, "decoded", "decrypted").filter(
    (flow) => !flow.what.startsWith("decodeURI"),
  );
  if (name === undefined || decoders.length === 0) return [];
  const texts = textsOf(name);
  const builtin = texts.find((text) => BUILTIN.test(text));
  if (builtin !== undefined && new RegExp(`["'\`](?:node:)?${builtin}["'\`]`).test(use.module.text))
    return [];
  if (builtin !== undefined) {
    const message = `${named(decoders)} gives the name ${builtin}, which is then loaded.`;
    return [{ place: placeOf(use), message }];
  }
  if (texts.length > 0) return [];
  const message = `The name of what is loaded comes out of ${named(decoders)}.`;
  return [
    {
      place: placeOf(use),
      message,
      severity: view.isAtInstall(use.module) ? "high" : "medium",
      confidence: "low",
    },
  ];
}

/** Built-ins whose members are written by their names wherever code is honest. */
const TELLING =
  /^(?:child_process|fs|https?|http2|net|tls|dns|os|vm|module|process|globalThis|global|window|worker_threads)$/;
/** One may be a table of the code's own that has a built-in behind it. */
const GRAVE_MIN = 2;

/** `require("child_process")[name(12, 5)](name(17, 43))`: the decoder cannot be run, but its place says enough. */
function sightingOfMembers(module: ModuleModel, view: LensView): readonly Sighting[] {
  const hidden = module.unpackedCalls.flatMap((call) => {
    const member = call.callee === undefined ? undefined : bare(call.callee.node);
    if (member?.type !== "MemberExpression" || !member.computed) return [];
    if (!isUnpacked({ node: member.property, scope: call.scope }, view)) return [];
    const object = view.evaluator.evaluate({ node: member.object, scope: call.scope });
    const path = pathsOf(object).find((each) => TELLING.test(each));
    return path === undefined ? [] : [{ path, call }];
  });
  const starts = hidden.find(({ path }) => path === "child_process" || path === "vm");
  const [first] = starts === undefined ? hidden : [starts];
  if (first === undefined) return [];
  const severity = starts !== undefined || hidden.length >= GRAVE_MIN ? "high" : "medium";
  const message = `What is called of ${first.path} is named by a decoder that could not be run.`;
  const place = { module, offset: first.call.node.start };
  return [{ place, message, severity, confidence: "medium" }];
}

/** Whether a name is put together of what functions of the code's own make out of numbers and text. */
function isUnpacked({ node, scope }: Site, view: LensView): boolean {
  const pieces = piecesOf(node);
  const made = pieces.filter(({ type }) => type !== "Literal");
  return made.length > 0 && made.every((piece) => isMade({ node: piece, scope }, view));
}

/** No name has more; a sum can be as long as the file. */
const PIECES_MAX = 32;

/** What a sum is made of, in the order of the text; anything else is its only piece. */
function piecesOf(node: Node): readonly Node[] {
  const pieces: Node[] = [];
  let at = bare(node);
  while (at.type === "BinaryExpression" && at.operator === "+" && pieces.length < PIECES_MAX) {
    pieces.unshift(bare(at.right));
    at = bare(at.left);
  }
  return [at, ...pieces];
}

/** A call of the code's own function with nothing but literals, whose result is not known. */
function isMade({ node, scope }: Site, view: LensView): boolean {
  const inner = bare(node);
  if (inner.type !== "CallExpression" || inner.arguments.length === 0) return false;
  if (!inner.arguments.every((argument) => isWritten(argument))) return false;
  const callee = view.evaluator.evaluate({ node: inner.callee, scope });
  const isOwn = callee.things.some(({ kind }) => kind === "function");
  const value = view.evaluator.evaluate({ node: inner, scope });
  return isOwn && (value.open || textsOf(value).length === 0);
}

/** A literal, or an element of a table: obfuscators keep their numbers there. */
function isWritten(argument: Node): boolean {
  const given = bare(argument);
  const node = given.type === "UnaryExpression" ? bare(given.argument) : given;
  if (node.type !== "MemberExpression") return node.type === "Literal";
  return node.computed && bare(node.property).type === "Literal";
}
