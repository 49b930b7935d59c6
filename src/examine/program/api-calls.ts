import { specOf, withoutIndirection } from "./apis.ts";
import { credentialAt, printsCredentials } from "./credentials.ts";
import type { Evaluator } from "./evaluate.ts";
import { rawOf, valueOfRaw } from "./folding.ts";
import { decodedText } from "./interpret-builtins.ts";
import { bare, type CallSite, lookup, type Site } from "./module.ts";
import {
  folderOf,
  HOME_FOLDER,
  isInPackage,
  joinedPath,
  PACKAGE_FOLDER,
  TEMPORARY_FOLDER,
  WORKING_FOLDER,
} from "./paths.ts";
import { RawBytes, Stuck } from "./raw.ts";
import {
  api,
  constant,
  type Flow,
  flowing,
  HOLE,
  join,
  type Label,
  NEVER,
  OPEN,
  pathsOf,
  textOf,
  textsOf,
  thing,
  type Value,
  withFlows,
} from "./value.ts";

interface ApiCall {
  readonly path: string;
  /** The call that the path's object came from: `https.request(…)` of `https.request().write`. */
  readonly origin: Site | undefined;
  readonly call: CallSite;
  readonly args: readonly Value[];
  readonly evaluator: Evaluator;
  readonly site: Site;
}

type Model = (call: ApiCall) => Value;

/** What a call of a built-in gives. */
export function callOfApi(
  path: string,
  origin: Site | undefined,
  call: CallSite,
  evaluator: Evaluator,
): Value {
  const plain = withoutIndirection(path);
  const args = argumentsOf(path, call, evaluator);
  const site = { node: call.node, scope: call.scope };
  if (path.endsWith(".bind")) return api(plain, origin);
  const made = { path: plain, origin, call, args, evaluator, site };
  return (MODELS.get(plain) ?? unmodelled)(made);
}

/** The arguments that arrive, whatever way they are handed over. */
export function argumentsOf(path: string, call: CallSite, evaluator: Evaluator): readonly Value[] {
  const given =
    call.kind === "template"
      ? call.args.map((_, index) => evaluator.valueOfArgument(call, index))
      : evaluator.valuesOfArguments(call);
  if (path.endsWith(".call")) return given.slice(1);
  if (!path.endsWith(".apply") || path === "Reflect.apply") return given;
  const [, list] = given;
  return listOf(list, evaluator) ?? [];
}

function listOf(list: Value | undefined, evaluator: Evaluator): readonly Value[] | undefined {
  const [one] = list?.things ?? [];
  return one === undefined ? undefined : evaluator.itemsOf(one)?.slice(0, 16);
}

const MODELS = new Map<string, Model>([
  ["require", (call) => call.evaluator.required(call.args[0] ?? NEVER, call.site)],
  ["require.resolve", resolvedPath],
  ["module.createRequire", () => api("require")],
  ["module.Module.createRequire", () => api("require")],
  ["Function", ({ site }) => api("Function()", site)],
  ["Function()", bodyOfFunction],
  ["eval", resultOfText],
  ["vm.runInThisContext", resultOfText],
  ["vm.runInNewContext", resultOfText],
  ["vm.runInContext", resultOfText],
  ["Reflect.get", ({ args: [object, key], evaluator, site }) => memberBy(object, key, evaluator, site)],
  ["Reflect.apply", applied],
  ["Reflect.construct", applied],
  ["FormData", formData],
  ["Proxy", ({ site }) => api("Proxy()", site)],
  ["Map", ({ site, args }) => withFlows(api("Map()", site), flowsOf(args))],
  ["Object.values", listed],
  ["Array.from", arrayFrom],
  ["Object.assign", ({ args }) => join(args)],
  ["Object.freeze", ({ args }) => args[0] ?? OPEN],
  ["Promise.resolve", ({ args }) => args[0] ?? OPEN],
  ["Promise.all", ({ args }) => args[0] ?? OPEN],
  ["Promise", promised],
  ["JSON.parse", parsedJson],
  ["Object.getPrototypeOf", ({ args }) => args[0] ?? OPEN],
  ["Map().get", fromMap],
  ["WeakMap().get", fromMap],
  ["util.promisify", ({ args }) => args[0] ?? OPEN],
  ["path.join", ({ args }) => pathOf(args, false)],
  ["path.resolve", ({ args }) => pathOf(args, true)],
  ["path.normalize", ({ args }) => pathOf(args, false)],
  ["path.dirname", ({ args }) => mapTexts(args[0], folderOf)],
  ["path.basename", ({ args }) => mapTexts(args[0], (text) => text.slice(text.lastIndexOf("/") + 1))],
  ["url.fileURLToPath", ({ args }) => mapTexts(args[0], (text) => text.replace(/^file:\/\//, ""))],
  ["URL", ({ args }) => mapTexts(args[0], (text) => addressFrom(text, args[1]))],
  ["Request", ({ args }) => joinWithFlows(args[0], args)],
  ["os.homedir", () => constant(HOME_FOLDER)],
  ["os.tmpdir", () => constant(TEMPORARY_FOLDER)],
  ["process.cwd", () => constant(WORKING_FOLDER)],
  ["os.userInfo", ({ site, evaluator }) => withFlows(api("os.userInfo()"), [evaluator.flow("host-facts", "os.userInfo()", site)])],
  ["Buffer.from", buffer],
  ["Buffer", buffer],
  ["Uint8Array", buffer],
  ["Uint8Array.from", buffer],
  ["TextDecoder().decode", ({ args }) => textOfBytes(args[0] ?? OPEN)],
  ["String", ({ args }) => args[0] ?? constant("")],
  ["String.fromCharCode", fromCodes],
  ["String.fromCodePoint", fromCodes],
  ["String.raw", ({ args }) => args[0] ?? OPEN],
  ["Symbol.for", () => OPEN],
]); // prettier-ignore

/** `require.resolve("./x")` is beside the file, `require.resolve("x")` somewhere else. */
function resolvedPath({ args, site }: ApiCall): Value {
  const { path } = site.scope.module;
  const folder = path.includes("/") ? `${PACKAGE_FOLDER}/${folderOf(path)}` : PACKAGE_FOLDER;
  return mapTexts(args[0], (text) =>
    /^\.{1,2}\//.test(text) ? joinedPath([folder, text], false) : `‹module›/${text}`,
  );
}

for (const path of ["atob", "btoa", "decodeURIComponent", "unescape", "encodeURIComponent"]) {
  MODELS.set(path, decoder);
}
for (const name of ["log", "error", "warn", "info"]) MODELS.set(`console.${name}`, () => OPEN);

/** Built-ins that turn an object with all that is in it into text or a list. */
const SPELLING =
  /^(?:JSON\.stringify|util\.inspect|querystring\.stringify|Object\.(?:entries|values|keys)|URLSearchParams|v8\.serialize)$/;

function unmodelled(call: ApiCall): Value {
  const value = plainCall(call);
  if (!SPELLING.test(call.path)) return value;
  const { args, evaluator, site } = call;
  return withFlows(
    value,
    args.flatMap((arg) => evaluator.environmentIn(arg, site)),
  );
}

function plainCall(call: ApiCall): Value {
  const { path, args, origin, site } = call;
  const spec = specOf(path);
  const result = resultPath(path);
  if (result === undefined) return flowing(flowsOf(args));
  const isStart = spec?.target !== undefined || MAKES_CLIENT.test(path);
  const value = api(result, isStart ? site : origin);
  if (spec === undefined) return withFlows(value, call.evaluator.flowsInto(call.call));
  return withFlows(value, flowsFrom(call));
}

/** Calls that are given the address which later calls are relative to. */
const MAKES_CLIENT = /^(?:axios|got|ky|ofetch)\.(?:create|extend)$/;
const PATH_LENGTH_MAX = 160;

function resultPath(path: string): string | undefined {
  const result = `${path}()`;
  return result.length > PATH_LENGTH_MAX || /(?:\(\)[^()]*){6}/.test(result) ? undefined : result;
}

/** What comes back from a built-in: from where, and what went in where it only changes the form. */
function flowsFrom(call: ApiCall): readonly Flow[] {
  const { path, args, evaluator, site } = call;
  const spec = specOf(path);
  if (spec === undefined) return [];
  const [first = NEVER] = args;
  const what = (target: string): string => (target === "" ? path : `${path} ${target}`);
  const [target = ""] = textsOf(first);
  const flows = spec.gives.map((label) =>
    evaluator.flow(refined(label, first, args), what(target), site),
  );
  const changesForm = spec.gives.some((label) => FORMS.has(label));
  return changesForm ? [...evaluator.flowsInto(call.call), ...flows] : flows;
}

const FORMS: ReadonlySet<Label> = new Set(["decoded", "decrypted", "encoded"]);

/** A file that keeps secrets, a command that prints them, a file of the package itself. */
function refined(label: Label, first: Value, args: readonly Value[]): Label {
  const texts = textsOf(first);
  if (label === "decoded") return decodedOf(first);
  if (label === "file") {
    if (texts.some((text) => credentialAt(text) !== undefined)) return "secret";
    return texts.length > 0 && texts.every(isInPackage) ? "own-file" : "file";
  }
  if (label !== "command-output") return label;
  const rest = args.slice(1, 2).flatMap((arg) => textsOf(arg));
  return [...texts, [...texts, ...rest].join(" ")].some(printsCredentials) ? "secret" : label;
}

function flowsOf(args: readonly Value[]): readonly Flow[] {
  return args.flatMap((arg) => arg.flows);
}

function joinWithFlows(base: Value | undefined, args: readonly Value[]): Value {
  return withFlows(base ?? OPEN, flowsOf(args));
}

function mapTexts(value: Value | undefined, change: (text: string) => string): Value {
  if (value === undefined) return OPEN;
  const constants = textsOf(value).map(change);
  const open = value.open || value.things.length > 0 || constants.length === 0;
  return { constants, things: [], flows: value.flows, open };
}

function pathOf(parts: readonly Value[], resolves: boolean): Value {
  const choices = parts.slice(0, 12).map((part) => {
    const texts = textsOf(part).slice(0, 2);
    return texts.length === 0 ? [HOLE] : texts;
  });
  let paths: readonly (readonly string[])[] = [[]];
  for (const choice of choices) {
    paths = paths.flatMap((path) => choice.map((text) => path.concat(text))).slice(0, 8);
  }
  const constants = [...new Set(paths.map((path) => joinedPath(path, resolves)))];
  const known = constants.filter((text) => text !== "" && text !== HOLE);
  return { constants: known, things: [], flows: flowsOf(parts), open: known.length === 0 };
}

function addressFrom(text: string, base: Value | undefined): string {
  if (/^\w+:/.test(text) || base === undefined) return text;
  const [from] = textsOf(base);
  if (from === undefined) return text;
  if (from.startsWith(PACKAGE_FOLDER)) return joinedPath([folderOf(from), text], false);
  return `${from.replace(/^(\w+:\/\/[^/]+).*$/, "$1")}/${text.replace(/^\//, "")}`;
}

/** `new Function("return this")()` and its like. */
function bodyOfFunction({ origin, evaluator, call }: ApiCall): Value {
  const made = origin?.node;
  if (origin === undefined || (made?.type !== "CallExpression" && made?.type !== "NewExpression")) {
    return OPEN;
  }
  const { scope } = origin;
  const creation: CallSite = {
    kind: "new",
    node: made,
    callee: undefined,
    args: made.arguments,
    scope,
  };
  const args = evaluator.valuesOfArguments(creation);
  const [text] = textsOf(args.at(-1) ?? NEVER);
  if (text === undefined) return OPEN;
  const parameters = args.slice(0, -1).flatMap((arg) => textsOf(arg).slice(0, 1));
  const known = resultOfCode(text);
  return known === OPEN
    ? evaluator.resultOfBody({ text, parameters, call: creation }, call)
    : known;
}

/** `eval("require")`, `vm.runInThisContext("(function (require) { … })")`. */
function resultOfText({ args: [code = NEVER], evaluator, call }: ApiCall): Value {
  const [text] = textsOf(code);
  if (text === undefined) return OPEN;
  const known = resultOfCode(text);
  return known === OPEN ? evaluator.completionOf(text, call) : known;
}

function resultOfCode(code: string): Value {
  if (code.length > SHORT_CODE) return OPEN;
  const text = code.replace(/^\s*return\b/, "").replace(/[\s;()]+/g, "");
  if (text === "this" || text === "globalThis") return api("globalThis");
  if (text === "require" || text === "process" || text === "module") return api(text);
  return OPEN;
}

const SHORT_CODE = 60;

function memberBy(
  object: Value | undefined,
  key: Value | undefined,
  evaluator: Evaluator,
  site: Site,
): Value {
  const keys = key === undefined ? [] : textsOf(key);
  if (object === undefined || keys.length === 0) return OPEN;
  return join(keys.map((name) => evaluator.memberOf(object, name, site)));
}

/** `Reflect.apply(fn, self, [a, b])`, `Reflect.construct(Class, [a, b])`. */
function applied({ path, args, evaluator, call }: ApiCall): Value {
  const [target] = args;
  const [one] = target?.things ?? [];
  if (one?.kind !== "api") return flowing(flowsOf(args));
  const listNode = call.args[path === "Reflect.apply" ? 2 : 1];
  const inner = listNode?.type === "ArrayExpression" ? listNode.elements : [];
  const nodes = inner.filter((element) => element !== null);
  const made: CallSite = { ...call, callee: undefined, args: nodes };
  return callOfApi(one.path, one.call, made, evaluator);
}

function parsedJson({ args, evaluator, site }: ApiCall): Value {
  const [text = NEVER] = args;
  const json = textOf(text);
  if (json === undefined || !/^\s*[[{]/.test(json)) return flowing(flowsOf(args));
  return withFlows(evaluator.jsonOf(json, site), flowsOf(args));
}

/** `new Map([["a", 1], ["b", 2]]).get(key)`. */
function fromMap(call: ApiCall): Value {
  const values = [madeWith(call), putLater(call)].filter((value) => value !== undefined);
  return values.length === 0 ? OPEN : join(values);
}

/** `map.set("x", require("child_process"))`: built-ins that are put in under any key. */
function putLater({ call, evaluator }: ApiCall): Value | undefined {
  const callee = call.callee === undefined ? undefined : bare(call.callee.node);
  if (callee?.type !== "MemberExpression" || callee.object.type !== "Identifier") return undefined;
  const additions = lookup(call.scope, callee.object.name)?.additions ?? [];
  const values = additions
    .map((site) => evaluator.evaluate(site))
    .filter((value) => pathsOf(value).length > 0);
  return values.length === 0 ? undefined : { ...join(values), open: true };
}

function madeWith({ args: [key = NEVER], origin, evaluator }: ApiCall): Value | undefined {
  const made = origin?.node;
  if (origin === undefined || made?.type !== "NewExpression" || made.arguments[0] === undefined) {
    return undefined;
  }
  const list = evaluator.evaluate({ node: made.arguments[0], scope: origin.scope });
  const pairs = list.things.flatMap((one) => evaluator.itemsOf(one) ?? []);
  const wanted = textsOf(key);
  const found = pairs
    .map((pair) => evaluator.memberOf(pair, "0", undefined))
    .map((name, index) => ({ name, pair: pairs[index] ?? OPEN }))
    .filter(
      ({ name }) => wanted.length === 0 || textsOf(name).some((text) => wanted.includes(text)),
    )
    .map(({ pair }) => evaluator.memberOf(pair, "1", undefined));
  return found.length === 0 ? undefined : join(found);
}

/** `new FormData(event.target)`: everything that was typed into a form. */
function formData(call: ApiCall): Value {
  const isForm = call.args.some((arg) => pathsOf(arg).includes("form event"));
  const typed = call.evaluator.flow("keyboard", "what is typed into forms", call.site);
  return isForm ? withFlows(api("FormData()"), [typed]) : unmodelled(call);
}

/** `Array.from(list, change)` is a list and then its `map`. */
function arrayFrom({ args, evaluator }: ApiCall): Value {
  const [list = OPEN, change] = args;
  const [fn] = change?.things ?? [];
  if (fn?.kind !== "function") return list;
  const returned = join(fn.fn.returns.map((site) => evaluator.evaluate(site)));
  const flows = [...list.flows, ...returned.flows];
  return withFlows(thing({ kind: "row", items: [returned], isWhole: false }), flows);
}

/** The values of an object that is written out. */
function listed(call: ApiCall): Value {
  const [one] = call.args[0]?.things ?? [];
  const { node, scope } = one?.kind === "object" ? one.site : {};
  if (node?.type !== "ObjectExpression" || scope === undefined) return unmodelled(call);
  const items = node.properties.flatMap((property) =>
    property.type === "SpreadElement" || property.kind !== "init"
      ? []
      : [call.evaluator.evaluate({ node: property.value, scope })],
  );
  return withFlows(thing({ kind: "row", items, isWhole: true }), flowsOf(call.args));
}

/** What its executor hands to `resolve`. */
function promised({ call, evaluator }: ApiCall): Value {
  const [executor] = evaluator.valueOfArgument(call, 0).things;
  if (executor?.kind !== "function") return OPEN;
  const [resolve] = executor.fn.parameters;
  if (resolve?.type !== "Identifier") return OPEN;
  const binding = executor.fn.inner?.bindings.get(resolve.name);
  const values = (binding?.calls ?? [])
    .slice(0, 8)
    .map((inner) => evaluator.valueOfArgument(inner, 0));
  return values.length === 0 ? OPEN : join(values);
}

function buffer({ path, args, evaluator, site }: ApiCall): Value {
  const [source = NEVER, encodingValue] = args;
  const encoding = encodingValue === undefined ? "utf8" : textOf(encodingValue);
  const decodes = encoding === undefined || !/^(?:utf-?8|utf16le|ucs-?2|ascii)$/i.test(encoding);
  const flow = evaluator.flow(decodedOf(source), `${path} ${encoding ?? ""}`.trim(), site);
  const flows = decodes ? [...source.flows, flow] : source.flows;
  const texts = textsOf(source).filter((text) => !text.includes(HOLE));
  if (texts.length > 0 && encoding !== undefined) {
    if (!Buffer.isEncoding(encoding)) return flowing(flows);
    if (texts.some((text) => text.length > BUFFER_LENGTH_MAX)) return flowing(flows);
    const decoded = texts.map((text) => valueOfRaw(RawBytes.from(Buffer.from(text, encoding))));
    return withFlows(join(decoded), flows);
  }
  const raw = rawOf(source, evaluator);
  if (raw !== undefined && Array.isArray(raw.value) && raw.value.every(isByte)) {
    const bytes = RawBytes.from(raw.value);
    return withFlows(valueOfRaw(bytes), [...source.flows, evaluator.flow("decoded", path, site)]);
  }
  return flowing(flows);
}

const BUFFER_LENGTH_MAX = 256 * 1024;

/** Whether what is decoded is something that the package itself holds. */
function decodedOf(source: Value): Label {
  const holds =
    source.constants.length > 0 ||
    source.things.some((one) => HOLDS.has(one.kind)) ||
    source.flows.some(({ label }) => HELD.has(label));
  return holds ? "decoded" : "transcoded";
}

const HOLDS: ReadonlySet<string> = new Set(["array", "list", "row"]);
const HELD: ReadonlySet<Label> = new Set(["own-file", "remote", "decoded", "decrypted"]);

function textOfBytes(bytes: Value): Value {
  const texts = textsOf(bytes).map((text) => constant(text));
  return texts.length === 0 ? flowing(bytes.flows) : withFlows(join(texts), bytes.flows);
}

function isByte(item: unknown): boolean {
  return typeof item === "number" && item >= 0 && item < 256;
}

function fromCodes({ path, args, evaluator, site, call }: ApiCall): Value {
  const [only = NEVER] = args;
  const flows = [...flowsOf(args), evaluator.flow(decodedOf(only), path, site)];
  const spread = call.args.length === 1 && call.args[0]?.type === "SpreadElement";
  const raws = args.map((arg) => rawOf(arg, evaluator)?.value);
  const list =
    spread && call.args[0]?.type === "SpreadElement"
      ? rawOf(evaluator.evaluate({ node: call.args[0].argument, scope: call.scope }), evaluator)
          ?.value
      : raws;
  if (!Array.isArray(list)) return flowing(flows);
  const numbers = list.filter((item) => typeof item === "number");
  if (numbers.length < list.length || numbers.length === 0) return flowing(flows);
  return withFlows(constant(String.fromCharCode(...numbers.slice(0, 10_000))), flows);
}

function decoder(call: ApiCall): Value {
  const { path, args, evaluator, site } = call;
  const [first = NEVER] = args;
  const encodes = path === "btoa" || path === "encodeURIComponent";
  const flow = evaluator.flow(encodes ? "encoded" : decodedOf(first), path, site);
  const flows = [...flowsOf(args), flow];
  const texts = textsOf(first).filter((text) => !text.includes(HOLE));
  if (texts.length === 0) {
    // A percent-encoded address stays what it is.
    return path === "encodeURIComponent" ? withFlows(first, flows) : flowing(flows);
  }
  try {
    return withFlows(join(texts.map((text) => constant(decodedText(path, text)))), flows);
  } catch (error) {
    if (error instanceof Stuck) return flowing(flows);
    throw error;
  }
}
