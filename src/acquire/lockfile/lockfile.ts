import { Failure } from "../../model/failure.ts";
import type { LockedPackage } from "../../model/lockfile.ts";
import { isExactVersion, isPackageName } from "../../model/package-ref.ts";
import { printable } from "../../model/printable.ts";

export const LOCKFILE_BYTES_MAX = 64 * 1024 * 1024;
const ENTRIES_MAX = 200_000;
const TEXT_SHOWN_MAX = 300;

/** @throws Failure "bad-config" naming the file, and the line where it is known */
export function refuseLockfile(path: string, why: string, line?: number, cause?: unknown): never {
  const place = line === undefined ? path : `${path}:${String(line)}`;
  throw new Failure(
    "bad-config",
    `${printable(place)} cannot be read as a lockfile: ${printable(why)}.`,
    line === undefined ? { path } : { path, line },
    cause,
  );
}

/** An entry as a format's reader found it. */
export type FoundEntry = Omit<LockedPackage, "locations"> & { readonly location: string };

/** Gathers entries; what is the same package from the same place is one, wherever it goes. */
export class LockedPackages {
  readonly #path: string;
  readonly #byKey = new Map<string, LockedPackage & { readonly locations: string[] }>();
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add(found: FoundEntry): void {
    this.#count += 1;
    if (this.#count > ENTRIES_MAX) {
      refuseLockfile(this.#path, `it has more than ${String(ENTRIES_MAX)} entries`);
    }
    const { location, ...entry } = shown(found);
    const { integrity, name, resolved, source, version } = entry;
    const key = JSON.stringify([name, version, source, integrity, resolved]);
    const known = this.#byKey.get(key);
    const locations = known?.locations ?? [];
    locations.push(location);
    this.#byKey.set(key, {
      ...entry,
      locations,
      dev: known === undefined ? entry.dev : both(known.dev, entry.dev),
      optional: known === undefined ? entry.optional : both(known.optional, entry.optional),
    });
  }

  list(): readonly LockedPackage[] {
    return [...this.#byKey.values()];
  }
}

/** Needed in one place is needed. */
function both(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  return one === undefined || other === undefined ? undefined : one && other;
}

/** Names and versions of a registry are printable already; whatever else stands there becomes so. */
function shown(found: FoundEntry): FoundEntry {
  const { name, version, source, integrity, resolved, location, dev, optional } = found;
  const isPackage = isPackageName(name) && isExactVersion(version);
  return {
    name: printable(name, TEXT_SHOWN_MAX),
    version: printable(version, TEXT_SHOWN_MAX),
    source: source === "registry" && !isPackage ? "unclear" : source,
    integrity,
    resolved,
    location,
    dev,
    optional,
  };
}
