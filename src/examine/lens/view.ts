import type { Capability, ReachedFrom } from "../../model/capability.ts";
import type { FileTree } from "../../model/file-tree.ts";
import type { Manifest } from "../../model/manifest.ts";
import { installHooks } from "../parse/hooks.ts";
import { type Spotted, spottedIn } from "../program/capabilities.ts";
import type { Evaluator } from "../program/evaluate.ts";
import type { CallSite, FunctionModel, ModuleModel } from "../program/module.ts";
import type { FileReach, Program } from "../program/program.ts";
import { addressesOf, commandsOf, hostOf } from "../program/targets.ts";
import type { Use } from "../program/uses.ts";
import { type Flow, HOLE, type Label, textsOf } from "../program/value.ts";
import { canMeet } from "./pairing.ts";
import type { Place } from "./rule.ts";
import { type Shape, shapesIn } from "./shapes.ts";

/** Some data and a host that it is sent to. */
export interface Sending {
  readonly flow: Flow;
  readonly host: string;
}

/** A package as the rules see it: the program, and what several rules ask of it, worked out once. */
export class LensView {
  readonly program: Program;
  readonly manifest: Manifest;
  readonly files: FileTree;
  readonly evaluator: Evaluator;
  #capabilities: readonly Spotted[] | undefined;
  #shapes: readonly Shape[] | undefined;
  #hasHooks: boolean | undefined;
  readonly #hosts = new Map<Use, readonly string[]>();

  constructor(program: Program) {
    this.program = program;
    this.manifest = program.manifest;
    this.files = program.files;
    this.evaluator = program.evaluator;
  }

  /** Where the code has one of the capabilities that rules ask for: {@link ASKED_FOR}. */
  get capabilities(): readonly Spotted[] {
    this.#capabilities ??= spottedIn(this.program, ASKED_FOR);
    return this.#capabilities;
  }

  get shapes(): readonly Shape[] {
    this.#shapes ??= shapesIn(this.files);
    return this.#shapes;
  }

  usesOf(module: ModuleModel): readonly Use[] {
    return this.program.usesOf(module);
  }

  /** The call that data came from. */
  useAt({ module, offset }: Flow): Use | undefined {
    return this.usesOf(module).find((use) => use.call.node.start === offset);
  }

  /** Uses that hand their arguments to the network. */
  get sends(): readonly Use[] {
    return this.program.uses.filter(
      (use) =>
        (use.spec?.takes === "send" && use.spec.capability !== "dns-lookup") || this.#isClient(use),
    );
  }

  /** A program that sends what is on its command line. */
  #isClient(use: Use): boolean {
    return use.spec?.takes === "spawn" && this.commandsOf(use).some((line) => CLIENT.test(line));
  }

  get runs(): readonly Use[] {
    return this.program.uses.filter((use) => use.spec?.takes === "run");
  }

  get spawns(): readonly Use[] {
    return this.program.uses.filter((use) => use.spec?.takes === "spawn");
  }

  /** Addresses of a request, or of the request that a later call belongs to. */
  addressesOf(use: Use): readonly string[] {
    const known = this.#hosts.get(use);
    if (known !== undefined) return known;
    const own =
      use.spec?.takes === "spawn"
        ? this.commandsOf(use).flatMap((line) => line.match(ADDRESS_IN_LINE) ?? [])
        : use.spec?.target === undefined
          ? []
          : addressesOf(use, this.evaluator);
    const whole = own.flatMap((address) => this.#withBase(address, use));
    const found = whole.length > 0 ? whole : this.#addressesOfOrigin(use);
    this.#hosts.set(use, found);
    return found;
  }

  /** `create({ baseURL }).post("/path")`: the address begins where the client was made. */
  #withBase(address: string, { origin }: Use): readonly string[] {
    const made = origin?.node;
    if (origin === undefined || made?.type !== "CallExpression" || !address.startsWith("/")) {
      return [address];
    }
    const [options] = made.arguments;
    if (options === undefined) return [address];
    const value = this.evaluator.evaluate({ node: options, scope: origin.scope });
    const bases = ["baseURL", "prefixUrl", "baseUrl"].flatMap((key) =>
      textsOf(this.evaluator.memberOf(value, key, undefined)),
    );
    return bases.length === 0 ? [address] : bases.map((base) => base + address);
  }

  #addressesOfOrigin(use: Use): readonly string[] {
    const node = use.origin?.node;
    if (node === undefined || node === use.call.node) return [];
    const origin = this.usesOf(use.module).find((other) => other.call.node === node);
    return origin === undefined || origin === use ? [] : this.addressesOf(origin);
  }

  /** Names and numbers of machines, where they are written out or can be worked out. */
  hostsOf(use: Use): readonly string[] {
    return this.addressesOf(use).flatMap((address) => {
      const host = hostOf(address);
      return host?.includes(".") === true ? [host] : [];
    });
  }

  /** Pairs of data that a use sends and the hosts it can go to, told apart by who asked for it. */
  sendingsOf(use: Use, ...labels: readonly Label[]): readonly Sending[] {
    const { fn } = use.call.scope;
    const hosts = this.hostsOf(use).filter((host) => !host.startsWith(HOLE));
    return flowsOf(use, ...labels).flatMap((flow) =>
      hosts
        .filter((host) => canMeet(flow, host, fn, this.evaluator))
        .map((host) => ({ flow, host })),
    );
  }

  commandsOf(use: Use): readonly string[] {
    return commandsOf(use, this.evaluator);
  }

  /** Whether a text stands in the code as it is. */
  isWritten(text: string): boolean {
    return this.program.modules.some(
      (module) => module.runBy === undefined && module.text.includes(text),
    );
  }

  /** Whether an install hook leads to a file; most packages have none. */
  isRunByHook(path: string): boolean {
    this.#hasHooks ??= installHooks(this.manifest, this.files.has("binding.gyp")).length > 0;
    return this.#hasHooks && this.program.reachOf(path).from === "install-hook";
  }

  reachOf(module: ModuleModel): FileReach {
    return this.program.reachOf(module.path);
  }

  /** Run by an install hook, or close to what it runs: a hook can also load a whole program. */
  isAtInstall(module: ModuleModel): boolean {
    const { path } = module;
    return this.isRunByHook(path) && this.reachOf(module).via.length <= HOOK_FILES_MAX;
  }

  /** Whether a use happens as soon as the package is imported. */
  isRunByImport({ module, call }: Use): boolean {
    return this.isReachedFrom(module, "entry-point") && runsAtLoad(call.scope.fn);
  }

  isReachedFrom(module: ModuleModel, ...from: readonly ReachedFrom[]): boolean {
    return from.includes(this.reachOf(module).from);
  }
}

const HOOK_FILES_MAX = 3;

const CLIENT = /(?:^|[\s/;&|])(?:curl|wget|nc|Invoke-WebRequest|Invoke-RestMethod)(?:\.exe)?\s/;
const ADDRESS_IN_LINE = /https?:\/\/[^\s"'`|;]+/g;

const ASKED_FOR: ReadonlySet<Capability> = new Set<Capability>([
  "credential-read",
  "publishing",
  "persistence",
  "global-wrap",
  "wallet",
  "browser-profile",
]);

export function placeOf({ module, call }: Use): Place {
  return { module, offset: call.node.start };
}

export function flowsOf(use: Use, ...labels: readonly Label[]): readonly Flow[] {
  const found = use.args.flatMap((arg) => arg.flows.filter(({ label }) => labels.includes(label)));
  const distinct = new Map(found.map((flow) => [`${flow.label} ${flow.what}`, flow]));
  return [...distinct.values()];
}

/** "~/.npmrc and process.env.NPM_TOKEN", for a sentence. */
export function named(flows: readonly Flow[]): string {
  const names = [...new Set(flows.map(({ what }) => what))].slice(0, 3);
  return names.join(", ");
}

/** Whether code runs by itself when its file is loaded: at the top level, or called right there. */
export function runsAtLoad(fn: FunctionModel): boolean {
  let at: FunctionModel | undefined = fn;
  for (let turns = 0; at?.node !== undefined && turns < 20; turns += 1) {
    const caller: CallSite | undefined =
      at.invokedBy[0] ??
      at.bindings.flatMap((binding) => binding.calls)[0] ??
      at.handedTo.map(({ call }) => call).find(callsWhatItIsHanded);
    if (caller === undefined) return false;
    at = caller.scope.fn;
  }
  return at?.node === undefined;
}

/** Calls that run a function by themselves, now or soon; others keep it for a caller or an event. */
const RUNNERS = new Set([
  ...["then", "catch", "finally", "forEach", "map"],
  ...["setTimeout", "setImmediate", "queueMicrotask", "nextTick"],
]);

function callsWhatItIsHanded({ callee }: CallSite): boolean {
  const node = callee?.node;
  if (node?.type === "Identifier") return RUNNERS.has(node.name);
  return node?.type === "MemberExpression" && node.property.type === "Identifier"
    ? RUNNERS.has(node.property.name)
    : false;
}

/** Whether two places lie in one function, or one in a function inside the other's. */
export function areTogether(a: FunctionModel, b: FunctionModel): boolean {
  return isWithin(a, b) || isWithin(b, a);
}

export function isWithin(inner: FunctionModel, outer: FunctionModel): boolean {
  for (let at: FunctionModel | undefined = inner; at !== undefined; at = at.parent) {
    if (at === outer) return true;
  }
  return false;
}
