import type { CodeUnit } from "./normal-form.ts";
import { bandsOf, likeness } from "./sketch.ts";

/** Which function of the older version each function of the newer one stems from, as far as any. */
export interface Matches {
  /** "same" in normal form, or only alike. */
  stemOf(unit: CodeUnit): { readonly unit: CodeUnit; readonly same: boolean } | undefined;
  readonly same: number;
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
}

/** Of several functions of one name in one file; a single one is taken for itself. */
const NAMESAKE_LIKENESS_MIN = 0.25;
const STRANGER_LIKENESS_MIN = 0.5;
/** So that a thousand copies of one function do not cost a million comparisons. */
const CANDIDATES_PER_BAND_MAX = 16;

/** An older function may be the stem of several: bundles copy. Near-linear in the number of functions. */
export function matchUnits(before: readonly CodeUnit[], after: readonly CodeUnit[]): Matches {
  const identical = grouped(before, (unit) => unit.digest);
  const namesakes = grouped(before, nameKey);
  const banded = bandedUnits(before);
  const stems = new Map<CodeUnit, { readonly unit: CodeUnit; readonly same: boolean }>();
  const used = new Set<CodeUnit>();
  for (const unit of after) {
    const same = nearest(unit, identical.get(unit.digest) ?? []);
    const found = same ?? alike(unit, namesakes.get(nameKey(unit)) ?? [], banded);
    if (found === undefined) continue;
    stems.set(unit, { unit: found, same: same !== undefined });
    used.add(found);
  }
  const same = [...stems.values()].filter((stem) => stem.same).length;
  const digests = new Set(after.map((unit) => unit.digest));
  const isGone = (unit: CodeUnit): boolean => !used.has(unit) && !digests.has(unit.digest);
  return {
    stemOf: (unit) => stems.get(unit),
    same,
    changed: stems.size - same,
    added: after.length - stems.size,
    removed: before.filter(isGone).length,
  };
}

function nameKey({ file, isTop, name }: CodeUnit): string {
  return `${file}\0${isTop ? "top" : `function ${name ?? ""}`}`;
}

function grouped(
  units: readonly CodeUnit[],
  keyOf: (unit: CodeUnit) => string,
): ReadonlyMap<string, readonly CodeUnit[]> {
  const groups = new Map<string, CodeUnit[]>();
  for (const unit of units) {
    const group = groups.get(keyOf(unit));
    if (group === undefined) groups.set(keyOf(unit), [unit]);
    else if (group.length < CANDIDATES_PER_BAND_MAX) group.push(unit);
  }
  return groups;
}

/** Of functions that are the same: the one of that name, or of that file. */
function nearest(unit: CodeUnit, candidates: readonly CodeUnit[]): CodeUnit | undefined {
  return (
    candidates.find((other) => other.file === unit.file && other.name === unit.name) ??
    candidates.find((other) => other.name === unit.name) ??
    candidates[0]
  );
}

type Banded = ReadonlyMap<number, readonly CodeUnit[]>;

function bandedUnits(units: readonly CodeUnit[]): Banded {
  const banded = new Map<number, CodeUnit[]>();
  for (const unit of units) {
    if (unit.sketch === undefined) continue;
    for (const band of bandsOf(unit.sketch)) {
      const group = banded.get(band);
      if (group === undefined) banded.set(band, [unit]);
      else if (group.length < CANDIDATES_PER_BAND_MAX) group.push(unit);
    }
  }
  return banded;
}

function alike(
  unit: CodeUnit,
  namesakes: readonly CodeUnit[],
  banded: Banded,
): CodeUnit | undefined {
  const isNamed = unit.isTop || unit.name !== undefined;
  if (isNamed && namesakes.length === 1) return namesakes[0];
  const { sketch } = unit;
  if (sketch === undefined) return undefined;
  const namesake = isNamed ? closest(unit, namesakes, NAMESAKE_LIKENESS_MIN) : undefined;
  const strangers = new Set(bandsOf(sketch).flatMap((band) => banded.get(band) ?? []));
  return namesake ?? closest(unit, [...strangers], STRANGER_LIKENESS_MIN);
}

function closest(
  unit: CodeUnit,
  candidates: readonly CodeUnit[],
  likenessMin: number,
): CodeUnit | undefined {
  let best: { readonly unit: CodeUnit; readonly likeness: number } | undefined;
  for (const other of candidates) {
    if (unit.sketch === undefined || other.sketch === undefined) continue;
    const found = likeness(unit.sketch, other.sketch);
    if (found >= likenessMin && found > (best?.likeness ?? 0))
      best = { unit: other, likeness: found };
  }
  return best?.unit;
}
