import { createHash, timingSafeEqual } from "node:crypto";

/** Stands where a package's name would, for a script whose package is not known. */
const NOBODY = "script";

/**
 * Who says that it asks. A script that is told its proxy by the package manager's own shell names its
 * package by it; nothing keeps hostile code from naming another, so a name can only ever take rights
 * away.
 */
export interface Claim {
  /** `name@version` as the script has it, or undefined where it names none. */
  readonly by: string | undefined;
}

/** The proxy's address with the token of this run, for HTTPS_PROXY and its kin. */
export function proxyUrl(port: number, token: string, by?: string): string {
  return `http://${encodeURIComponent(by ?? NOBODY)}:${token}@127.0.0.1:${String(port)}`;
}

/** undefined: whoever sent this header does not belong to the run. */
export function readClaim(header: string | undefined, token: string): Claim | undefined {
  const [, encoded = ""] = /^Basic +([\w+/=-]{1,1024})$/i.exec(header ?? "") ?? [];
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 0 || !isSame(pair.slice(colon + 1), token)) return undefined;
  const name = pair.slice(0, colon);
  return { by: PACKAGE.test(name) ? name : undefined };
}

/** What the registry has let people call packages, at its most liberal. */
const PACKAGE = /^(?:@[\w.~!'()*-]{1,214}\/)?[\w.~!'()*-]{1,214}@[\w.+-]{1,256}$/;

function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** The package's name out of `name@version`. */
export function nameIn(by: string): string {
  return by.slice(0, by.lastIndexOf("@"));
}
