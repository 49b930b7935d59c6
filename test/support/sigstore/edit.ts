import { isJsonObject, type Json, type JsonObject } from "../../../src/model/canonical.ts";
import { Der } from "../../../src/provenance/der.ts";
import { element, integer, sequence } from "./der.ts";

/** Changes to documents that leave everything else of them as it was. */
export type Path = readonly (string | number)[];

export function at(json: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => {
    if (Array.isArray(value)) return (value as readonly Json[])[Number(step)];
    return isJsonObject(value) ? value[step] : undefined;
  }, json);
}

/** @param value undefined takes the member out */
export function put(json: Json, path: Path, value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  if (Array.isArray(json)) {
    const list = json as readonly Json[];
    const index = Number(step);
    const changed = rest.length === 0 ? value : put(list[index] ?? null, rest, value);
    return [
      ...list.slice(0, index),
      ...(changed === undefined ? [] : [changed]),
      ...list.slice(index + 1),
    ];
  }
  const object: JsonObject = isJsonObject(json) ? json : {};
  const name = String(step);
  const changed = rest.length === 0 ? value : put(object[name] ?? null, rest, value);
  if (changed !== undefined) return { ...object, [name]: changed };
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

/** Every member and element, outer ones first; the document itself is the empty path. */
export function pathsIn(json: Json, path: Path = []): readonly Path[] {
  const inner = Array.isArray(json)
    ? (json as readonly Json[]).map((value, index) => [index, value] as const)
    : Object.entries(isJsonObject(json) ? json : {});
  return [path, ...inner.flatMap(([step, value]) => pathsIn(value, [...path, step]))];
}

export function flipped(bytes: Uint8Array, index: number, mask = 1): Buffer {
  const copy = Buffer.from(bytes);
  const place = index < 0 ? copy.length + index : index;
  copy[place] = (copy[place] ?? 0) ^ mask;
  return copy;
}

/**
 * Changes one element of DER and writes the lengths around it anew.
 *
 * @param path places of elements, from the outside; -1 is the last one
 */
export function derEdited(
  bytes: Uint8Array,
  path: readonly number[],
  change: (element: Buffer) => Buffer,
): Buffer {
  const [place, ...rest] = path;
  if (place === undefined) return change(Buffer.from(bytes));
  const der = Der.read(bytes);
  const children = der.children(der.tag).map(({ encoded }) => encoded);
  const index = place < 0 ? children.length + place : place;
  return element(
    der.tag,
    ...children.map((child, at) => (at === index ? derEdited(child, rest, change) : child)),
  );
}

const ORDERS = [
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
] as const;

/** ECDSA's other signature: (r, n − s) is right wherever (r, s) is. Of P-256 or P-384, by its length. */
export function otherSignature(signature: Uint8Array): Buffer {
  const [r, s] = Der.read(signature).sequence();
  if (r === undefined || s === undefined) throw new Error("no ECDSA signature");
  const order = r.content.length > 40 ? ORDERS[1] : ORDERS[0];
  const negated = (order - BigInt(`0x${s.content.toString("hex")}`)).toString(16);
  const padded = negated.padStart(negated.length + (negated.length % 2), "0");
  return sequence(r.encoded, integer(Buffer.from(padded, "hex")));
}
