import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import type { ModuleModel } from "../../program/module.ts";

export const fetchesAnotherRuntime: Rule = {
  id: "fetches-another-runtime",
  title: "Fetches another runtime to run its code",
  why:
    "A hook that downloads Bun or Deno only to run a file of the package with it goes round everything " +
    "that watches Node. Several worms began so.",
  example:
    'execSync("curl -fsSL https://bun.sh/install | bash"); spawn(bun, ["run", "payload.js"]);',
  advice: "Look at the file that the other runtime runs.",
  severity: "high",
  confidence: "medium",
  look: (view) => view.program.modules.flatMap((module) => sightingIn(module, view)),
};

const RUNTIME =
  /(?:^|\/\/)(?:bun\.(?:sh|com)\/install|deno\.land\/(?:install|x\/install)|github\.com\/(?:oven-sh\/bun|denoland\/deno)\/releases)|oven-sh\/bun\/releases|^(?:bun|deno)-(?:linux|darwin|windows|x86_64|aarch64)\b/;

function sightingIn(module: ModuleModel, view: LensView): readonly Sighting[] {
  const source = module.strings.find(({ text }) => RUNTIME.test(text));
  if (source === undefined || !view.isReachedFrom(module, "install-hook", "entry-point")) return [];
  const spawns = view.usesOf(module).some((use) => use.spec?.takes === "spawn");
  if (!spawns) return [];
  const atInstall = view.isAtInstall(module);
  const message =
    "Another JavaScript runtime is downloaded and programs are started from the same file.";
  return [
    { place: { module, offset: source.offset }, message, severity: atInstall ? "high" : "medium" },
  ];
}
