/** One of the eight things that speak for a version, and the signal that knows about it. */
export interface ScorePart {
  readonly part: string;
  readonly points: number;
  readonly signal: string;
  /**
   * "whole": any finding costs all points, because the question is a yes or no. "by-severity": a
   * finding of severity info costs nothing and one of severity low half, because the question has
   * degrees. "unless-grave": low costs nothing and medium one fifth, because honest code often has
   * something worth knowing; what it weighs is deducted all the same.
   */
  readonly earned: "whole" | "by-severity" | "unless-grave";
  /** Whether the signal's findings take points away as well; if not, the missed points are all. */
  readonly deducts: boolean;
}

/** In the order of the ledger. */
export const SCORE_PARTS: readonly ScorePart[] = [
  part("version age", 20, "is-too-young", { deducts: false }),
  part("consensus", 25, "bytes-differ-from-consensus"),
  part("canary sandbox", 20, "canary-was-touched"),
  part("publisher account age", 15, "publisher-account-is-young", { deducts: false }),
  part("metadata coherence", 10, "metadata-is-incoherent", { earned: "by-severity" }),
  part("key and publisher continuity", 5, "publisher-changed"),
  part("no new install script", 5, "changes-install-code", { earned: "by-severity" }),
  part("Lens clean", 5, "source-is-suspicious", { earned: "unless-grave" }),
];

/** 105: one part may be missing and the score still be full. */
export const POINTS_POSSIBLE = SCORE_PARTS.reduce((sum, { points }) => sum + points, 0);
export const SCORE_MAX = 100;

function part(
  name: string,
  points: number,
  signal: string,
  rest: Partial<Pick<ScorePart, "earned" | "deducts">> = {},
): ScorePart {
  return { part: name, points, signal, earned: "whole", deducts: true, ...rest };
}
