import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { flowsOf, named, placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";
import { textsOf } from "../../program/value.ts";

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
  look: (view) => view.program.uses.filter(isLoad).flatMap((use) => sightingOf(use, view)),
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
