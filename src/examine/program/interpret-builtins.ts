import { memberPath } from "./apis.ts";
import {
  asText,
  Host,
  primitive,
  type Raw,
  type RawArray,
  RawBytes,
  RawObject,
  stuck,
} from "./raw.ts";

export type ArrayCallback = (fn: Raw, args: RawArray) => Raw;

const REPEATS_MAX = 100_000;
const ELEMENTS_MAX = 200_000;

/** A method of a string, on values that are known. */
export function stringMethod(
  text: string,
  key: string,
  args: readonly Raw[],
  call: ArrayCallback,
): Raw {
  const [first, second] = args;
  switch (key) {
    case "charAt":
      return text.charAt(numeral(first, 0));
    case "charCodeAt":
      return text.charCodeAt(numeral(first, 0));
    case "codePointAt":
      return text.codePointAt(numeral(first, 0));
    case "at":
      return text.at(numeral(first, 0));
    case "slice":
      return text.slice(numeral(first, 0), numeral(second, text.length));
    case "substring":
      return text.substring(numeral(first, 0), numeral(second, text.length));
    case "substr": {
      const start = numeral(first, 0);
      const from = start < 0 ? Math.max(0, text.length + start) : start;
      return text.slice(from, from + numeral(second, text.length));
    }
    case "indexOf":
      return text.indexOf(asText(first), numeral(second, 0));
    case "lastIndexOf":
      return text.lastIndexOf(asText(first));
    case "includes":
      return text.includes(asText(first));
    case "startsWith":
      return text.startsWith(asText(first));
    case "endsWith":
      return text.endsWith(asText(first));
    case "concat":
      return text + args.map(asText).join("");
    case "repeat":
      return numeral(first, 0) * text.length > REPEATS_MAX
        ? stuck()
        : text.repeat(numeral(first, 0));
    case "padStart":
    case "padEnd": {
      const length = numeral(first, 0);
      if (length > REPEATS_MAX) return stuck();
      const filler = second === undefined ? " " : asText(second);
      return key === "padStart" ? text.padStart(length, filler) : text.padEnd(length, filler);
    }
    case "split":
      return splitText(text, first);
    case "replace":
    case "replaceAll":
      return replaced(text, key, first, second, call);
    case "toUpperCase":
      return text.toUpperCase();
    case "toLowerCase":
      return text.toLowerCase();
    case "trim":
      return text.trim();
    case "toString":
    case "valueOf":
    case "normalize":
      return text;
    case "match":
      return first instanceof RegExp ? (text.match(first)?.map(String) ?? null) : stuck();
    default:
      return stuck();
  }
}

function splitText(text: string, separator: Raw): RawArray {
  if (separator === undefined) return [text];
  return separator instanceof RegExp ? text.split(separator) : text.split(asText(separator));
}

function replaced(text: string, key: string, from: Raw, to: Raw, call: ArrayCallback): Raw {
  const isText = typeof to === "string";
  const replacer = (...found: readonly unknown[]): string =>
    isText
      ? to
      : asText(
          call(
            to,
            found.filter((item) => typeof item === "string" || typeof item === "number"),
          ),
        );
  if (from instanceof RegExp) return isText ? text.replace(from, to) : text.replace(from, replacer);
  const pattern = asText(from);
  return key === "replaceAll"
    ? text.replaceAll(pattern, replacer)
    : text.replace(pattern, replacer);
}

/** A method of an array, on values that are known; some change it in place. */
export function arrayMethod(
  list: RawArray,
  key: string,
  args: readonly Raw[],
  call: ArrayCallback,
): Raw {
  const [first, second] = args;
  switch (key) {
    case "push":
      return list.length > ELEMENTS_MAX ? stuck() : list.push(...args);
    case "unshift":
      return list.length > ELEMENTS_MAX ? stuck() : list.unshift(...args);
    case "pop":
      return list.pop();
    case "shift":
      return list.shift();
    case "join":
      return list.map((item) => asText(item ?? "")).join(first === undefined ? "," : asText(first));
    case "reverse":
      return list.reverse();
    case "slice":
      return list.slice(numeral(first, 0), numeral(second, list.length));
    case "splice":
      return list.splice(numeral(first, 0), numeral(second, list.length), ...args.slice(2));
    case "concat":
      return list.concat(...args);
    case "indexOf":
      return list.indexOf(first);
    case "includes":
      return list.includes(first);
    case "at":
      return list.at(numeral(first, 0));
    case "fill":
      return list.fill(first);
    case "subarray":
      return list.slice(numeral(first, 0), numeral(second, list.length));
    case "readUInt8":
      return list[numeral(first, 0)];
    case "toString":
      return list instanceof RawBytes ? textOfBytes(list, first) : asText(list);
    case "flat":
      return list.flat();
    case "sort":
      return args.length === 0 ? list.sort(byText) : stuck();
    default:
      return iterated(list, key, args, call);
  }
}

function byText(a: Raw, b: Raw): number {
  return asText(a) < asText(b) ? -1 : 1;
}

function iterated(list: RawArray, key: string, args: readonly Raw[], call: ArrayCallback): Raw {
  const [fn, second] = args;
  const ask = (item: Raw, index: number): Raw => call(fn, [item, index, list]);
  switch (key) {
    case "map":
      return list.map(ask);
    case "forEach":
      list.forEach(ask);
      return undefined;
    case "filter":
      return list.filter((item, index) => Boolean(ask(item, index)));
    case "some":
      return list.some((item, index) => Boolean(ask(item, index)));
    case "every":
      return list.every((item, index) => Boolean(ask(item, index)));
    case "find":
      return list.find((item, index) => Boolean(ask(item, index)));
    case "flatMap":
      return list.flatMap((item, index) => ask(item, index));
    case "findIndex":
      return list.findIndex((item, index) => Boolean(ask(item, index)));
    case "reduceRight": {
      const initial = args.length > 1 ? second : list.at(-1);
      const rest = args.length > 1 ? list : list.slice(0, -1);
      return rest.reduceRight<Raw>(
        (all, item, index) => call(fn, [all, item, index, list]),
        initial,
      );
    }
    case "reduce": {
      const initial = args.length > 1 ? second : list[0];
      const rest = args.length > 1 ? list : list.slice(1);
      return rest.reduce<Raw>((all, item, index) => call(fn, [all, item, index, list]), initial);
    }
    default:
      return stuck();
  }
}

export function numberMethod(value: number, key: string, args: readonly Raw[]): Raw {
  const [first] = args;
  if (key === "toString") return value.toString(radix(first));
  return key === "valueOf" ? value : stuck();
}

function radix(value: Raw): number {
  const given = numeral(value, 10);
  return given >= 2 && given <= 36 ? given : stuck();
}

function numeral(value: Raw, otherwise: number): number {
  return value === undefined ? otherwise : Number(primitive(value));
}

/** Any built-in has a path; only those that compute can be called here. */
export function hostMember(path: string, key: string): Raw {
  const member = memberPath(path, key);
  return member === undefined ? stuck() : new Host(member);
}

/** A call of a built-in that computes and reaches nothing. */
export function hostCall(path: string, args: readonly Raw[], call: ArrayCallback): Raw {
  const [first, second] = args;
  switch (path) {
    case "String":
      return asText(first ?? "");
    case "Number":
      return Number(primitive(first));
    case "Boolean":
      return Boolean(first);
    case "parseInt":
    case "Number.parseInt":
      return Number.parseInt(asText(first), second === undefined ? undefined : radix(second));
    case "parseFloat":
      return Number.parseFloat(asText(first));
    case "String.fromCharCode":
      return String.fromCharCode(...args.map((item) => Number(primitive(item))));
    case "String.fromCodePoint":
      return String.fromCodePoint(...args.map((item) => Number(primitive(item))));
    case "Array":
      return args.length === 1 && typeof first === "number" && first < ELEMENTS_MAX
        ? Array.from<Raw>({ length: first })
        : [...args];
    case "Array.isArray":
      return Array.isArray(first);
    case "Array.from":
      return arrayFrom(first, second, call);
    case "Object.keys":
      return first instanceof RawObject ? [...first.fields.keys()] : stuck();
    case "Buffer.from":
    case "Buffer":
      return bufferFrom(first, second);
    case "Reflect.get":
      return first instanceof Host ? hostMember(first.path, asText(second)) : stuck();
    case "Buffer.alloc":
    case "Buffer.allocUnsafe":
    case "Uint8Array":
      return typeof first === "number" ? bytesOf(first) : bufferFrom(first, undefined);
    case "Buffer.concat":
      return Array.isArray(first)
        ? RawBytes.from(first.flatMap((part) => (Array.isArray(part) ? part : stuck())))
        : stuck();
    case "TextDecoder":
      return new Host("TextDecoder()");
    case "TextDecoder().decode":
      return first instanceof RawBytes ? textOfBytes(first, undefined) : stuck();
    case "Object.entries":
      return first instanceof RawObject
        ? [...first.fields].map(([key, value]) => [key, value])
        : stuck();
    case "Object.values":
      return first instanceof RawObject ? [...first.fields.values()] : stuck();
    case "RegExp":
      return safeRegExp(asText(first), second === undefined ? "" : asText(second));
    default:
      return path.startsWith("Math.") ? mathCall(path.slice(5), args) : decodedText(path, first);
  }
}

function arrayFrom(source: Raw, fn: Raw, call: ArrayCallback): RawArray {
  const list = typeof source === "string" ? Array.from(source) : source;
  if (!Array.isArray(list)) return stuck();
  return fn === undefined ? [...list] : list.map((item, index) => call(fn, [item, index]));
}

function textOfBytes(list: RawBytes, encoding: Raw): string {
  const name = encoding === undefined ? "utf8" : asText(encoding);
  return Buffer.isEncoding(name) ? Buffer.from(list.map(Number)).toString(name) : stuck();
}

function bufferFrom(source: Raw, encoding: Raw): Raw {
  if (typeof source === "string") {
    const name = encoding === undefined ? "utf8" : asText(encoding);
    return Buffer.isEncoding(name) ? RawBytes.from(Buffer.from(source, name)) : stuck();
  }
  if (!Array.isArray(source)) return stuck();
  return RawBytes.from(source, (item) => Number(primitive(item)) & 255);
}

function bytesOf(length: number): RawBytes {
  if (!(length >= 0 && length < ELEMENTS_MAX)) return stuck();
  return RawBytes.from({ length }, () => 0);
}

function mathCall(name: string, args: readonly Raw[]): number {
  const numbers = args.map((item) => Number(primitive(item)));
  const [first = Number.NaN] = numbers;
  switch (name) {
    case "floor":
      return Math.floor(first);
    case "ceil":
      return Math.ceil(first);
    case "round":
      return Math.round(first);
    case "abs":
      return Math.abs(first);
    case "trunc":
      return Math.trunc(first);
    case "pow":
      return first ** (numbers[1] ?? Number.NaN);
    case "min":
      return Math.min(...numbers);
    case "max":
      return Math.max(...numbers);
    default:
      return stuck();
  }
}

/** Decoders of text that both this and the value analysis know. */
export function decodedText(path: string, text: Raw): string {
  if (typeof text !== "string") return stuck();
  try {
    switch (path) {
      case "atob":
        return Buffer.from(text, "base64").toString("latin1");
      case "btoa":
        return Buffer.from(text, "latin1").toString("base64");
      case "decodeURIComponent":
        return decodeURIComponent(text);
      case "encodeURIComponent":
        return encodeURIComponent(text);
      case "unescape":
        return unescaped(text);
      default:
        return stuck();
    }
  } catch {
    return stuck();
  }
}

/** ECMA-262 B.2.1.2. */
function unescaped(text: string): string {
  return text.replace(/%u([\da-f]{4})|%([\da-f]{2})/gi, (_match, wide?: string, narrow?: string) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow ?? "0", 16)),
  );
}

/** Expressions of strangers run here, so only those without repetition inside of repetition. */
export function safeRegExp(pattern: string, flags: string): RegExp {
  const isPlain =
    pattern.length <= 80 && !/[*+}]\)?[*+{?]|\([^)]*[*+|][^)]*\)[*+{]|\\\d/.test(pattern);
  if (!isPlain || /\.\*.*\.\*/.test(pattern)) stuck();
  try {
    return new RegExp(pattern, flags);
  } catch {
    return stuck();
  }
}
