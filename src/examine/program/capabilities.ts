import type { Node } from "oxc-parser";
import {
  CAPABILITIES,
  type Capability,
  type CapabilityOccurrence,
  type CapabilityTarget,
} from "../../model/capability.ts";
import { printable } from "../../model/printable.ts";
import { evidenceOf, installHooks } from "../parse/hooks.ts";
import { excerptAt, placesIn } from "../parse/lines.ts";
import {
  credentialAt,
  isBrowserProfile,
  isSecretVariable,
  isWalletPath,
  persistenceAt,
  printsCredentials,
} from "./credentials.ts";
import { gatesIn } from "./gates.ts";
import {
  bare,
  type Definition,
  type FunctionModel,
  lookup,
  type ModuleModel,
  nameOfFunction,
  placeInFile,
  type Site,
} from "./module.ts";
import { isInPackage } from "./paths.ts";
import type { Program } from "./program.ts";
import { addressesOf, commandsOf, hostOf, targetsOf } from "./targets.ts";
import type { Use } from "./uses.ts";
import { HOLE, pathsOf, textsOf } from "./value.ts";

/** Says where something is, before lines are counted. */
export interface Spotted {
  readonly capability: Capability;
  readonly module: ModuleModel;
  readonly fn: FunctionModel;
  readonly offset: number;
  readonly api: string;
  readonly target: CapabilityTarget | undefined;
}

const OCCURRENCES_MAX = 20_000;

/** Everything the code of a package can do, in the order of its files. */
export function capabilitiesOf(program: Program): readonly CapabilityOccurrence[] {
  const spotted = spottedIn(program, new Set(CAPABILITIES)).toSorted(
    (a, b) => compareText(a.module.path, b.module.path) || a.offset - b.offset,
  );
  return [...hookOccurrences(program), ...placed(spotted, program)].slice(0, OCCURRENCES_MAX);
}

/** The same before places and ways are worked out, for those who look for a few only. */
export function spottedIn(program: Program, wanted: ReadonlySet<Capability>): readonly Spotted[] {
  const byMember = wanted.has("environment-read") || wanted.has("wallet");
  const spotted = [
    ...program.uses
      .filter(({ spec }) => wanted.has("network-out") || spec?.takes !== "send")
      .flatMap((use) => spottedInUse(use, program)),
    ...program.modules.flatMap((module) => [
      ...(byMember ? spottedInMembers(module, program) : []),
      ...(wanted.has("global-wrap") ? spottedInWrites(module, program) : []),
      ...(wanted.has("gate") ? gatesIn(module, program) : []),
    ]),
  ];
  const kept = spotted.filter(({ capability }) => wanted.has(capability));
  return [...new Map(kept.map((item) => [keyOf(item), item])).values()];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf({ capability, module, offset, target }: Spotted): string {
  return [capability, module.path, String(offset), target?.kind, target?.text].join("\0");
}

function placed(spotted: readonly Spotted[], program: Program): readonly CapabilityOccurrence[] {
  const places = new Map<ModuleModel, ReturnType<typeof placesIn>>();
  return spotted.map((item) => {
    const { capability, fn, api, target } = item;
    const { module, offset } = placeInFile(item.module, item.offset);
    const place = places.get(module) ?? placesIn(module.text);
    places.set(module, place);
    const { from, via } = program.reachOf(module.path);
    const name = nameOfFunction(fn);
    return {
      capability,
      file: module.path,
      ...place(offset),
      function: name === undefined ? undefined : printable(name, 80),
      api: printable(api, 80),
      target: target === undefined ? undefined : { ...target, text: printable(target.text, 200) },
      reachedFrom: from,
      via,
      excerpt: printable(excerptAt(module.text, offset).trim(), 200),
    };
  });
}

function hookOccurrences({ manifest, files }: Program): readonly CapabilityOccurrence[] {
  return installHooks(manifest, files.has("binding.gyp")).map((hook) => {
    const { file = "package.json", line = 1, excerpt = "" } = evidenceOf(hook, files);
    return {
      capability: "install-execution",
      file,
      line,
      column: 1,
      function: undefined,
      api: hook.name,
      target: { kind: "command", text: printable(hook.command, 300), resolved: true },
      reachedFrom: "install-hook",
      via: [file],
      excerpt: printable(excerpt, 200),
    };
  });
}

// --- Calls

function spottedInUse(use: Use, program: Program): readonly Spotted[] {
  const capability = use.spec?.capability;
  if (capability === undefined) return spottedElsewhere(use);
  switch (capability) {
    case "file-read":
    case "file-write":
    case "file-delete":
      return spottedFile(use, capability, program);
    case "process-spawn":
      return spottedSpawn(use, program);
    case "network-out":
      return spottedNetwork(use, program);
    default:
      return spottedTargets(use, capability, targetsOf(use, program.evaluator));
  }
}

function at(use: Use, capability: Capability, target: CapabilityTarget | undefined): Spotted {
  const { module, call, path } = use;
  const { node, scope } = call;
  return { capability, module, fn: scope.fn, offset: node.start, api: path, target };
}

function spottedTargets(
  use: Use,
  capability: Capability,
  targets: readonly CapabilityTarget[],
): readonly Spotted[] {
  return targets.length === 0
    ? [at(use, capability, undefined)]
    : targets.map((target) => at(use, capability, target));
}

function spottedNetwork(use: Use, program: Program): readonly Spotted[] {
  const targets = addressesOf(use, program.evaluator).map((address): CapabilityTarget => {
    const host = hostOf(address);
    return { kind: "host", text: host ?? address, resolved: host?.includes(HOLE) === false };
  });
  return spottedTargets(use, "network-out", targets);
}

function spottedSpawn(use: Use, program: Program): readonly Spotted[] {
  const commands = commandsOf(use, program.evaluator);
  const targets = targetsOf(use, program.evaluator);
  return spottedTargets(use, "process-spawn", targets).concat(
    commands.flatMap((command) => {
      const text = command.slice(0, COMMAND_SHOWN_MAX);
      const target: CapabilityTarget = { kind: "command", text, resolved: !text.includes(HOLE) };
      return meaningsOf(command).map((capability) => at(use, capability, target));
    }),
  );
}

const COMMAND_SHOWN_MAX = 300;

/** What a command line does by other programs' hands. */
function meaningsOf(command: string): readonly Capability[] {
  const meanings: readonly (readonly [Capability, boolean])[] = [
    ["credential-read", printsCredentials(command)],
    ["publishing", PUBLISHES.test(command)],
    ["persistence", PERSISTS.test(command)],
    ["clipboard", CLIPBOARD.test(command)],
    ["file-delete", DELETES.test(command)],
  ];
  return meanings.flatMap(([capability, holds]) => (holds ? [capability] : []));
}

export const PUBLISHES = /\b(?:npm|pnpm|yarn|bun)(?:\.cmd)?\s+(?:npm\s+)?publish\b/;
export const PERSISTS =
  /\b(?:crontab\s+(?!-l)|systemctl\s+(?:--user\s+)?(?:enable|start)|launchctl\s+(?:load|bootstrap)|schtasks(?:\.exe)?\s+\/create|reg(?:\.exe)?\s+add\s+.*\\Run\b)/i;
const CLIPBOARD = /\b(?:pbpaste|pbcopy|xclip|xsel|wl-paste|wl-copy|Get-Clipboard|clip\.exe)\b/;
export const DELETES =
  /\b(?:rm\s+-[a-z]*[rf]|rmdir\s+\/s|del\s+\/[a-z]|Remove-Item\b.*-Recurse|shred\b|cipher\s+\/w)/i;

function spottedFile(
  use: Use,
  capability: "file-read" | "file-write" | "file-delete",
  program: Program,
): readonly Spotted[] {
  const targets = targetsOf(use, program.evaluator);
  if (targets.length === 0) return [at(use, capability, undefined)];
  return [
    ...targets.flatMap((target) => spottedPath(use, capability, target)),
    ...spottedCopy(use),
  ];
}

/** What is copied is read first. */
function spottedCopy(use: Use): readonly Spotted[] {
  const [source] = use.args;
  if (source === undefined || !COPIES.has(use.path)) return [];
  return textsOf(source).flatMap((text) => {
    const target: CapabilityTarget = { kind: "path", text, resolved: !text.includes(HOLE) };
    return spottedPath(use, "file-read", target).filter(
      ({ capability }) => capability !== "file-read",
    );
  });
}

const COPIES: ReadonlySet<string> = new Set(["fs.copyFile", "fs.cp", "fs.copy"]);

function spottedPath(
  use: Use,
  capability: "file-read" | "file-write" | "file-delete",
  target: CapabilityTarget,
): readonly Spotted[] {
  const { text } = target;
  const own = isInPackage(text);
  const isRead = capability === "file-read";
  const changes = !isRead && (own || /(?:^|\/)node_modules\//.test(text));
  return [
    ...(own ? [] : [at(use, capability, target)]),
    ...(isRead && credentialAt(text) !== undefined ? [at(use, "credential-read", target)] : []),
    ...(isRead && isBrowserProfile(text) ? [at(use, "browser-profile", target)] : []),
    ...(isRead && isWalletPath(text) ? [at(use, "wallet", target)] : []),
    ...(changes ? [at(use, "self-modification", target)] : []),
    ...(!isRead && persistenceAt(text) !== undefined ? [at(use, "persistence", target)] : []),
  ];
}

const LONG_TIMER_MS = 10 * 60 * 1000;

/** Uses whose meaning depends on an argument. */
function spottedElsewhere(use: Use): readonly Spotted[] {
  const [first, second] = use.args;
  switch (use.path) {
    case "require":
    case "import":
      return spottedLoad(use);
    case "setTimeout":
    case "setInterval": {
      const delay = second?.constants.find((item) => typeof item === "number");
      const long = typeof delay === "number" && delay >= LONG_TIMER_MS;
      const texts = first?.constants.filter((item) => typeof item === "string") ?? [];
      const code = texts.map((text): CapabilityTarget => ({
        kind: "code",
        text: text.slice(0, 300),
        resolved: true,
      }));
      return [
        ...(long
          ? [
              at(use, "long-timer", {
                kind: "variable",
                text: `${String(delay)} ms`,
                resolved: true,
              }),
            ]
          : []),
        ...code.map((target) => at(use, "dynamic-code", target)),
      ];
    }
    case "JSON.stringify":
    case "Object.keys":
    case "Object.entries":
    case "Object.values":
    case "util.inspect":
      return first !== undefined && pathsOf(first).includes("process.env")
        ? [
            at(use, "environment-read-whole", {
              kind: "variable",
              text: "process.env",
              resolved: true,
            }),
          ]
        : [];
    default:
      return [];
  }
}

/** A module whose name is put together only at run time, or one that is native code. */
function spottedLoad(use: Use): readonly Spotted[] {
  const [name] = use.args;
  if (name === undefined) return [];
  const texts = textsOf(name);
  const native = texts.filter((text) => text.endsWith(".node"));
  if (native.length > 0) {
    return native.map((text) =>
      at(use, "native-code", { kind: "path", text, resolved: !text.includes(HOLE) }),
    );
  }
  const isKnown = texts.length > 0 && texts.every((text) => !text.includes(HOLE));
  const isLocal = texts.some((text) => /^(?:\.|\/|‹package›)/.test(text));
  if (isKnown || isLocal) return [];
  const [text] = texts;
  const target: CapabilityTarget | undefined =
    text === undefined ? undefined : { kind: "module", text, resolved: false };
  return [at(use, "dynamic-code", target)];
}

// --- Members and assignments

function spottedInMembers(module: ModuleModel, program: Program): readonly Spotted[] {
  const members = module.members.flatMap((site) =>
    pathsOf(program.evaluator.evaluate(site)).flatMap((path) => spottedMember(path, site)),
  );
  const taken = module.taken.flatMap(({ key, node, from }) =>
    pathsOf(program.evaluator.evaluate(from)).includes("process.env")
      ? spottedMember(`process.env.${key}`, { node, scope: from.scope })
      : [],
  );
  return [...members, ...taken];
}

const WALLET_OBJECTS: ReadonlySet<string> = new Set([
  "ethereum",
  "solana",
  "phantom",
  "tronWeb",
  "web3",
]);

function spottedMember(path: string, site: Site): readonly Spotted[] {
  const spot = (capability: Capability, target?: CapabilityTarget): Spotted => ({
    capability,
    module: site.scope.module,
    fn: site.scope.fn,
    offset: site.node.start,
    api: path,
    target,
  });
  if (path.startsWith("process.env.")) {
    const text = path.slice("process.env.".length);
    const target: CapabilityTarget = { kind: "variable", text, resolved: true };
    return [
      spot("environment-read", target),
      ...(isSecretVariable(text) ? [spot("credential-read", target)] : []),
    ];
  }
  if (WALLET_OBJECTS.has(path)) return [spot("wallet")];
  if (path === "document.cookie") return [spot("browser-profile")];
  return [];
}

/** Whether a name certainly stands for something of the file's own: told without evaluating it. */
function isOwnObject({ node, scope }: Site): boolean {
  let root = bare(node);
  while (root.type === "MemberExpression") root = bare(root.object);
  if (root.type !== "Identifier") return root.type === "ThisExpression";
  const definitions = lookup(scope, root.name)?.definitions ?? [];
  return definitions.length > 0 && definitions.every((definition) => !mayBeShared(definition));
}

function mayBeShared(definition: Definition): boolean {
  if (definition.kind === "import" || definition.kind === "member") return true;
  if (definition.kind !== "value") return false;
  const { type } = bare(definition.site.node);
  return (
    type === "Identifier" ||
    type === "MemberExpression" ||
    type === "CallExpression" ||
    type === "LogicalExpression" ||
    type === "ConditionalExpression"
  );
}

/** `fetch = …`, `XMLHttpRequest.prototype.open = …`, `require("http").request = …`. */
function spottedInWrites(module: ModuleModel, program: Program): readonly Spotted[] {
  return module.writes.flatMap((write) => {
    const key = write.key;
    if (key === undefined || isOwnObject(write.object)) return [];
    return pathsOf(program.evaluator.evaluate(write.object)).flatMap((path) => {
      const replaced = sharedName(path, key);
      if (replaced === undefined) return [];
      return [spottedWrite(module, write.object, write.node, replaced)];
    });
  });
}

function spottedWrite(module: ModuleModel, object: Site, node: Node, replaced: string): Spotted {
  const isCache = replaced.startsWith("require.cache");
  return {
    capability: isCache ? "self-modification" : "global-wrap",
    module,
    fn: object.scope.fn,
    offset: node.start,
    api: replaced,
    target: { kind: "variable", text: replaced, resolved: true },
  };
}

const GLOBAL_OBJECT = /^(?:globalThis|global|window|self)$/;
const REPLACEABLE = new Set([
  "fetch", "XMLHttpRequest", "WebSocket", "ethereum", "solana", "eval", "Function", "setTimeout", "Promise",
  "require", "alert", "localStorage", "sendBeacon", "open",
]); // prettier-ignore
const SHARED_OWNER =
  /^(?:(?:XMLHttpRequest|Array|Object|String|Function|Promise|WebSocket|Element|Event|Date|Number|RegExp|Map|Set)(?:\.prototype|\(\)\.prototype)?|https?|net|tls|fs|child_process|crypto|dns|module(?:\.Module)?(?:\.prototype|\._extensions)?|process|console|JSON|navigator(?:\.\w+)?|ethereum|solana|require(?:\.cache|\.extensions)?|Response\.prototype|Request\.prototype)$/;

/** The name of what is replaced, when all code of the process shares it. */
function sharedName(owner: string, key: string): string | undefined {
  if (GLOBAL_OBJECT.test(owner)) return REPLACEABLE.has(key) ? key : undefined;
  if (!SHARED_OWNER.test(owner) || (owner === "module" && key === "exports")) return undefined;
  if (owner === "process" && (key === "exitCode" || key === "title" || key === "env"))
    return undefined;
  return `${owner}.${key}`;
}
