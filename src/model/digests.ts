/**
 * Digests of the bytes in hand, lower-case hexadecimal. Computed by us, never copied from a header
 * or a document: what a registry claims is an {@link Integrity}, another type.
 */
export interface Digests {
  readonly sha512: string;
  readonly sha256: string;
  readonly sha1: string;
}

/** One claim about bytes: an entry of a Subresource Integrity string, or npm's old `shasum`. */
export interface Integrity {
  readonly algorithm: "sha512" | "sha384" | "sha256" | "sha1";
  readonly hex: string;
}

const STRONGEST_FIRST = ["sha512", "sha384", "sha256", "sha1"] as const;
const LENGTHS: Readonly<Record<Integrity["algorithm"], number>> = {
  sha512: 64,
  sha384: 48,
  sha256: 32,
  sha1: 20,
};

/**
 * Reads the W3C Subresource Integrity syntax as npm uses it: entries parted by white space, each
 * `algorithm-base64`, options after `?` ignored. Entries that are not well formed are dropped, as
 * the specification asks; a string with no good entry at all yields none.
 */
export function parseIntegrity(sri: string): readonly Integrity[] {
  return sri
    .slice(0, 4096)
    .split(/\s+/)
    .flatMap((entry) => {
      const match = /^(sha512|sha384|sha256|sha1)-([A-Za-z0-9+/]+={0,2})(?:\?.*)?$/.exec(entry);
      const algorithm = STRONGEST_FIRST.find((name) => name === match?.[1]);
      if (algorithm === undefined || match?.[2] === undefined) return [];
      const bytes = Buffer.from(match[2], "base64");
      if (bytes.length !== LENGTHS[algorithm]) return [];
      return [{ algorithm, hex: bytes.toString("hex") }];
    });
}

export function parseShasum(shasum: string): readonly Integrity[] {
  return /^[0-9a-f]{40}$/i.test(shasum) ? [{ algorithm: "sha1", hex: shasum.toLowerCase() }] : [];
}

export function toSri(digests: Digests): string {
  return `sha512-${Buffer.from(digests.sha512, "hex").toString("base64")}`;
}

export type Comparison = "equal" | "different" | "incomparable";

/**
 * Compares with the strongest algorithm that was claimed, and with that one alone: a second, weaker
 * claim must not rescue bytes that fail the stronger. "incomparable" when nothing usable was
 * claimed (sha384 alone counts as nothing: we do not compute it and no registry sends it).
 */
export function compareDigests(digests: Digests, claims: readonly Integrity[]): Comparison {
  for (const algorithm of STRONGEST_FIRST) {
    const claimed = claims.filter((claim) => claim.algorithm === algorithm);
    if (claimed.length === 0 || algorithm === "sha384") continue;
    return claimed.some((claim) => claim.hex === digests[algorithm]) ? "equal" : "different";
  }
  return "incomparable";
}
