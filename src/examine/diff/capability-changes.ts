import {
  type CapabilityOccurrence,
  type CapabilityTarget,
  REACHED_FROM,
} from "../../model/capability.ts";
import type { GainedCapability, GainedHow } from "../../model/package-diff.ts";
import type { CodeUnit } from "./normal-form.ts";
import type { Matches } from "./matching.ts";
import type { CodeReading } from "./read-code.ts";

/** One version's capabilities, with the functions of its files that differ. */
export interface VersionCapabilities {
  readonly occurrences: readonly CapabilityOccurrence[];
  readonly code: CodeReading;
}

export interface OlderCapabilities extends VersionCapabilities {
  /** Whether the words of a text stand anywhere in the version's files. */
  readonly mentions: (text: string) => boolean;
}

/**
 * @param unchanged files of the same bytes in both versions
 *
 * What the newer version can do and the older could not. An older occurrence accounts for a newer
 * one of the same capability and target if at least as much led to it; what is not known until run
 * time is counted, unless it stands in a function that stems from one that had it. So copies, moves
 * and bundles gain nothing, and one call more does.
 */
export function compareCapabilities(
  before: OlderCapabilities,
  after: VersionCapabilities,
  matches: Matches,
  unchanged: ReadonlySet<string>,
): {
  readonly gained: readonly GainedCapability[];
  readonly lost: readonly CapabilityOccurrence[];
} {
  const account = new Account(before, after, matches, unchanged);
  const unexplained = calls(after.occurrences)
    .filter((occurrence) => !account.isUntouched(occurrence))
    .sort((a, b) => strength(a) - strength(b))
    .filter((occurrence) => !account.accountsFor(occurrence));
  const gained = unexplained
    .filter((occurrence) => !account.stemsFrom(occurrence))
    .map((occurrence) => account.gained(occurrence));
  return { gained: gained.sort(byPlace), lost: account.lost() };
}

function byPlace(a: CapabilityOccurrence, b: CapabilityOccurrence): number {
  return (
    strength(a) - strength(b) ||
    (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
    a.line - b.line ||
    a.column - b.column
  );
}

/** Zero is the strongest. */
function strength({ reachedFrom }: CapabilityOccurrence): number {
  return REACHED_FROM.indexOf(reachedFrom);
}

function thingOf(occurrence: CapabilityOccurrence): string {
  const { capability, target } = occurrence;
  return target !== undefined && isTelling(occurrence)
    ? `${capability}\0${target.kind}\0${nameOf(capability, target)}`
    : `${capability}\0`;
}

/**
 * `process.env.NAME.length` reads the same variable as `process.env.NAME`, and `./tool-1.4.0/run` is what
 * `./tool-1.3.0/run` was. Where there is an address, numbers may name a machine.
 */
function nameOf(capability: CapabilityOccurrence["capability"], target: CapabilityTarget): string {
  const { kind, text } = target;
  // There is one clipboard, whichever program gets at it.
  if (capability === "clipboard") return "";
  if (capability === "environment-read") return text.replace(/\..*$/s, "");
  const mayBeVersion = (kind === "command" || kind === "path") && !text.includes("//");
  return mayBeVersion ? text.replace(VERSION, "#") : text;
}

const VERSION = /\d+(?:\.\d+){1,3}(?:-[\w.]+)?/g;

/** One for each call, however many values a target may have that say nothing. */
function calls(occurrences: readonly CapabilityOccurrence[]): readonly CapabilityOccurrence[] {
  const seen = new Set<string>();
  return occurrences.filter((occurrence) => {
    if (isTelling(occurrence)) return true;
    const call = `${placeOf(occurrence)}\0${callOf(occurrence)}`;
    const isFirst = !seen.has(call);
    seen.add(call);
    return isFirst;
  });
}

function callOf({ capability, api }: CapabilityOccurrence): string {
  return `${capability}\0${api}`;
}

function placeOf({ file, line, column }: CapabilityOccurrence): string {
  return `${file}:${String(line)}:${String(column)}`;
}

function isResolved({ target }: CapabilityOccurrence): boolean {
  return target?.resolved === true;
}

/** Whether enough of the target is known to tell it from others: `git …`, but not `https://…`. */
function isTelling({ target }: CapabilityOccurrence): boolean {
  if (target === undefined) return false;
  // The number 28 is what a name of one letter may stand for elsewhere in the file, and no code.
  if (target.kind === "code") return target.resolved && /\w{3}.*[(.=`]/s.test(target.text);
  return target.resolved || /\w{3}/.test(target.text.replace(/^[a-z]+:\/\//, ""));
}

/** What is left of a path whose last part is not known. */
const BARE_FOLDER = /^(?:[.~/]|‹\w+›)$/;

class Account {
  readonly #before: OlderCapabilities;
  readonly #after: VersionCapabilities;
  readonly #matches: Matches;
  readonly #unchanged: ReadonlySet<string>;
  readonly #byThing = new Map<string, CapabilityOccurrence[]>();
  readonly #byPlace = new Map<string, CapabilityOccurrence[]>();
  readonly #byUnit = new Map<CodeUnit, CapabilityOccurrence[]>();
  /** Occurrences that are accounted for, by function and call. */
  readonly #counts = new Map<string, number>();
  readonly #used = new Set<CapabilityOccurrence>();

  constructor(
    before: OlderCapabilities,
    after: VersionCapabilities,
    matches: Matches,
    unchanged: ReadonlySet<string>,
  ) {
    this.#unchanged = unchanged;
    this.#before = before;
    this.#after = after;
    this.#matches = matches;
    for (const occurrence of calls(before.occurrences)) {
      add(this.#byThing, thingOf(occurrence), occurrence);
      add(this.#byPlace, placeOf(occurrence), occurrence);
      const unit = before.code.unitAt(occurrence);
      if (unit !== undefined) add(this.#byUnit, unit, occurrence);
    }
  }

  /** Where nothing has changed but what leads there, if anything. */
  isUntouched(occurrence: CapabilityOccurrence): boolean {
    if (!this.#unchanged.has(occurrence.file)) return false;
    const self = (this.#byPlace.get(placeOf(occurrence)) ?? []).find(
      (older) =>
        callOf(older) === callOf(occurrence) &&
        strength(older) <= strength(occurrence) &&
        (thingOf(older) === thingOf(occurrence) || this.#isNoBetterKnown(occurrence, older)),
    );
    if (self === undefined) return false;
    this.#used.add(self);
    this.#count(occurrence);
    return true;
  }

  /** Uses up one older occurrence; of a target that is known, one is enough for any number. */
  accountsFor(occurrence: CapabilityOccurrence): boolean {
    const same = (this.#byThing.get(thingOf(occurrence)) ?? []).filter(
      (older) => strength(older) <= strength(occurrence),
    );
    const free = same.find((older) => !this.#used.has(older));
    if (free === undefined) return isTelling(occurrence) && same.length > 0;
    this.#used.add(free);
    this.#count(occurrence);
    return true;
  }

  /** Whether the function it stands in stems from one that could do as much, as often. */
  stemsFrom(occurrence: CapabilityOccurrence): boolean {
    const own = this.#ofStem(occurrence).filter(
      (older) =>
        strength(older) <= strength(occurrence) &&
        callOf(older) === callOf(occurrence) &&
        (thingOf(older) === thingOf(occurrence) || this.#isNoBetterKnown(occurrence, older)),
    );
    if (own.length <= (this.#counts.get(this.#countedAs(occurrence)) ?? 0)) return false;
    this.#count(occurrence);
    return true;
  }

  /**
   * What is only known at run time in one of the two tells nothing of a change, nor does a beginning
   * of what it was: how much is known depends on how the code is written. But a target that nothing in
   * the older version spells out is news.
   */
  #isNoBetterKnown(newer: CapabilityOccurrence, older: CapabilityOccurrence): boolean {
    const text = newer.target?.text ?? "";
    if (!isResolved(newer)) return true;
    if (!isResolved(older)) return this.#before.mentions(text);
    return BARE_FOLDER.test(text) || older.target?.text.startsWith(text) === true;
  }

  #count(occurrence: CapabilityOccurrence): void {
    const key = this.#countedAs(occurrence);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  #countedAs(occurrence: CapabilityOccurrence): string {
    const unit = this.#after.code.unitAt(occurrence);
    const place = `${occurrence.file}:${String(unit?.start ?? "")}:${String(unit?.isTop ?? "")}`;
    return `${place}\0${thingOf(occurrence)}\0${occurrence.api}`;
  }

  gained(occurrence: CapabilityOccurrence): GainedCapability {
    const unit = this.#after.code.unitAt(occurrence);
    const stem = unit === undefined ? undefined : this.#matches.stemOf(unit)?.unit;
    const passage = unit === undefined ? undefined : this.#after.code.passageOf(unit, occurrence);
    return {
      ...occurrence,
      how: this.#howOf(occurrence),
      before:
        stem === undefined || passage === undefined
          ? undefined
          : this.#before.code.passageLike(stem, passage),
      after: passage,
    };
  }

  lost(): readonly CapabilityOccurrence[] {
    const now = new Set(this.#after.occurrences.map(thingOf));
    for (const occurrence of this.#after.occurrences) {
      // Still there, though less is known of it.
      for (const older of this.#ofStem(occurrence)) {
        if (callOf(older) === callOf(occurrence) && this.#isNoBetterKnown(occurrence, older)) {
          now.add(thingOf(older));
        }
      }
    }
    return [...this.#byThing]
      .filter(([thing]) => !now.has(thing))
      .flatMap(([, occurrences]) => occurrences.slice(0, 1))
      .sort(byPlace);
  }

  #howOf(occurrence: CapabilityOccurrence): GainedHow {
    const weaker = (this.#byThing.get(thingOf(occurrence)) ?? []).some(
      (older) => strength(older) > strength(occurrence),
    );
    if (weaker) return "reached";
    const retargeted =
      isResolved(occurrence) &&
      this.#ofStem(occurrence).some((older) => callOf(older) === callOf(occurrence));
    return retargeted ? "retargeted" : "new";
  }

  #ofStem(occurrence: CapabilityOccurrence): readonly CapabilityOccurrence[] {
    const unit = this.#after.code.unitAt(occurrence);
    const stem = unit === undefined ? undefined : this.#matches.stemOf(unit)?.unit;
    return stem === undefined ? [] : (this.#byUnit.get(stem) ?? []);
  }
}

function add<Key, Item>(groups: Map<Key, Item[]>, key: Key, item: Item): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}
