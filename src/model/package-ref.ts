import { Failure } from "./failure.ts";
import { printable } from "./printable.ts";

/** One exact version of one package. Its canonical text form is a purl (ECMA-427). */
export interface PackageRef {
  readonly ecosystem: "npm";
  readonly name: string;
  readonly version: string;
}

/** What somebody asked for, before a registry has said which version that is. */
export interface PackageRequest {
  readonly name: string;
  /** A version, a range or a dist-tag; "latest" when nothing was said. */
  readonly selector: string;
}

/** The registry's limit for a name, scope included. */
const NAME_LENGTH_MAX = 214;
const VERSION_LENGTH_MAX = 256;

/**
 * Names as registries hold them, old ones included (upper case, and `~!'()*`, were once allowed).
 * What matters here is that a name is safe as part of an address and of a path: no separator, no
 * leading dot, nothing that needs percent-encoding.
 */
export function isPackageName(name: string): boolean {
  if (name.length === 0 || name.length > NAME_LENGTH_MAX) return false;
  const match = /^(?:@([^/@]+)\/)?([^/@]+)$/.exec(name);
  if (match === null) return false;
  return [match[1], match[2]].every((part) => part === undefined || isNamePart(part));
}

function isNamePart(part: string): boolean {
  return !/^[._]/.test(part) && /^[A-Za-z0-9\-._~!'()*]+$/.test(part);
}

/**
 * A semantic version (semver 2.0.0, strict form, no leading "v"). Its three numbers are exact
 * integers, as npm's `semver` demands of them: that library throws on larger ones.
 */
export function isExactVersion(version: string): boolean {
  if (version.length > VERSION_LENGTH_MAX) return false;
  const match = SEMVER.exec(version);
  return match !== null && match.slice(1, 4).every((part) => Number.isSafeInteger(Number(part)));
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

export function npmRef(name: string, version: string): PackageRef {
  if (!isPackageName(name) || !isExactVersion(version)) {
    throw new Failure("bad-metadata", `"${printable(`${name}@${version}`)}" is not a package.`);
  }
  return { ecosystem: "npm", name, version };
}

export function scopeOf(name: string): string | undefined {
  return name.startsWith("@") ? name.slice(0, name.indexOf("/")) : undefined;
}

/** `name@version`, as people and npm write it. */
export function label(ref: PackageRef): string {
  return `${ref.name}@${ref.version}`;
}

/** `pkg:npm/%40scope/name@1.2.3` */
export function toPurl(ref: PackageRef): string {
  const path = ref.name.split("/").map(encodeStrictly).join("/");
  return `pkg:npm/${path}@${encodeStrictly(ref.version)}`;
}

/** The inverse of {@link toPurl}; undefined for anything else, qualifiers and subpaths included. */
export function parsePurl(text: string): PackageRef | undefined {
  const match = /^pkg:npm\/((?:%40[^/@]+\/)?[^/@]+)@([^/@]+)$/.exec(text);
  const [name, version] = [match?.[1], match?.[2]].map(decodeOrUndefined);
  if (name === undefined || version === undefined) return undefined;
  if (!isPackageName(name) || !isExactVersion(version)) return undefined;
  const ref: PackageRef = { ecosystem: "npm", name, version };
  return toPurl(ref) === text ? ref : undefined;
}

/** Percent-encoding by the purl rules, which also encode `!'()*`. */
function encodeStrictly(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decodeOrUndefined(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** `express`, `express@5`, `@scope/name@^1.2.0`, `name@latest`; undefined when it is none of these. */
export function parseRequest(text: string): PackageRequest | undefined {
  const at = text.indexOf("@", 1);
  const name = at === -1 ? text : text.slice(0, at);
  const selector = at === -1 ? "latest" : text.slice(at + 1).trim();
  if (!isPackageName(name) || selector === "" || selector.length > VERSION_LENGTH_MAX) {
    return undefined;
  }
  return { name, selector };
}
