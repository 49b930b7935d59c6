import type { CapabilityTarget } from "../../model/capability.ts";
import type { Evaluator } from "./evaluate.ts";
import { writtenKey } from "./module.ts";
import type { Use } from "./uses.ts";
import { HOLE, textsOf, type Value } from "./value.ts";

const TARGET_LENGTH_MAX = 300;

/** What a use is aimed at, as far as it resolves; several possibilities give the first. */
export function targetsOf(use: Use, evaluator: Evaluator): readonly CapabilityTarget[] {
  const spec = use.spec?.target;
  if (spec === undefined) return [];
  const arg = use.args[spec.at];
  if (arg === undefined) return [];
  switch (spec.kind) {
    case "host":
      return addressesOf(use, evaluator).map((address) => target("host", address));
    case "command":
      return commandsOf(use, evaluator).map((command) => target("command", command));
    case "path":
      return textsOf(arg).map((text) => target("path", text));
    default:
      return textsOf(arg).map((text) => target(spec.kind, text));
  }
}

function target(kind: CapabilityTarget["kind"], text: string): CapabilityTarget {
  const cut = text.slice(0, TARGET_LENGTH_MAX);
  return { kind, text: cut, resolved: !cut.includes(HOLE) };
}

/** Addresses of a request: `https://host/path`, or a bare host. */
export function addressesOf(use: Use, evaluator: Evaluator): readonly string[] {
  const at = use.spec?.target?.at ?? 0;
  const arg = use.args[at];
  if (arg === undefined) return [];
  const texts = textsOf(arg).filter((text) => text !== HOLE && !/^\d+$/.test(text));
  if (texts.length > 0) return texts.map((text) => text.trim());
  const [first] = use.args;
  const fromOptions = [arg, ...(first === undefined ? [] : [first])].flatMap((value) =>
    addressInOptions(value, evaluator),
  );
  if (fromOptions.length > 0) return fromOptions;
  // `net.connect(port, host)`
  const second = use.args[1];
  return second === undefined || !use.path.startsWith("net.") ? [] : textsOf(second);
}

const HOST_KEYS = ["hostname", "host", "url", "uri", "href", "baseURL"];

function addressInOptions(value: Value, evaluator: Evaluator): readonly string[] {
  if (!value.things.some((one) => one.kind === "object")) return [];
  // Without a site the object alone is asked: no guesses by name.
  const read = (key: string): readonly string[] =>
    textsOf(evaluator.memberOf(value, key, undefined));
  const host = HOST_KEYS.map(read).find((texts) => texts.length > 0);
  if (host === undefined) return [];
  const [path = ""] = read("path");
  return host.map((text) => (path.startsWith("/") && !text.includes("/") ? text + path : text));
}

/** Addresses in a value that is handed to a function: a text, or an object that holds one. */
export function addressesIn(value: Value, evaluator: Evaluator): readonly string[] {
  return [...textsOf(value), ...addressInOptions(value, evaluator)];
}

/** The host of an address, as far as it is known; undefined when it is not. */
export function hostOf(address: string): string | undefined {
  const [, rest = address] = /^(?:[a-z][a-z\d+.-]*:)?\/\/(.*)$/i.exec(address) ?? [];
  const [authority = ""] = rest.split(/[/?#\\]/);
  const host = authority.replace(/^[^@]*@/, "").replace(/:(?:\d+|…)?$/, "");
  return host === "" || host === HOLE || !/^[\w.…:[\]-]+$/u.test(host)
    ? undefined
    : host.toLowerCase();
}

/** Command lines of a use, arguments joined as a person would type them. */
export function commandsOf(use: Use, evaluator: Evaluator): readonly string[] {
  const [program, list] = use.args;
  if (program?.things.some((one) => one.kind === "object") === true) {
    return commandInOptions(program, evaluator);
  }
  const programs = program === undefined ? [] : programsOf(program);
  const words = list === undefined ? [] : wordsOf(list, evaluator);
  if (programs.length === 0) return words.length === 0 ? [] : [`${HOLE} ${words.join(" ")}`];
  return programs.map((text) => [text, ...words].join(" ").trim());
}

/** `spawn({ file: "/bin/sh", args: ["sh", "-c", "…"] })`, `Bun.spawn({ cmd: […] })`. */
function commandInOptions(options: Value, evaluator: Evaluator): readonly string[] {
  const read = (key: string): Value => evaluator.memberOf(options, key, undefined);
  const programs = textsOf(read("file"));
  const words = ["args", "cmd"].flatMap((key) => wordsOf(read(key), evaluator));
  if (words.length === 0) return programs;
  // The first argument is the program once more.
  return [programs.length === 0 ? words.join(" ") : [programs[0], ...words.slice(1)].join(" ")];
}

export function programsOf(value: Value): readonly string[] {
  const texts = textsOf(value);
  if (value.things.some((one) => one.kind === "api" && one.path === "process.execPath")) {
    return [...texts, "node"];
  }
  return texts;
}

const WORDS_MAX = 40;

export function wordsOf(list: Value, evaluator: Evaluator): readonly string[] {
  return list.things.flatMap((one) => {
    if (one.kind === "list") return one.items.filter((item) => typeof item === "string");
    const items = evaluator.itemsOf(one) ?? [];
    return items.slice(0, WORDS_MAX).map((item) => {
      const [text = HOLE] = programsOf(item);
      return text;
    });
  });
}

/** A written property of an options object among the arguments. */
export function optionOf(use: Use, key: string): unknown {
  for (const arg of use.args) {
    for (const one of arg.things) {
      if (one.kind !== "object" || one.site.node.type !== "ObjectExpression") continue;
      for (const property of one.site.node.properties) {
        if (property.type === "SpreadElement") continue;
        if (writtenKey(property.key, property.computed) !== key) continue;
        const { value } = property;
        if (value.type === "Literal") return value.value;
        // As minifiers write true and false.
        if (value.type === "UnaryExpression" && value.operator === "!") {
          return value.argument.type === "Literal" && value.argument.value === 0;
        }
      }
    }
  }
  return undefined;
}
