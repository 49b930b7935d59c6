/** Keeps what was used last, as long as all sizes together stay within a bound. */
export interface SizedLru<Value> {
  get(key: string): Value | undefined;
  /** A value larger than the bound is not kept. */
  set(key: string, value: Value, size: number): void;
  delete(key: string): void;
}

export function createSizedLru<Value>(sizeMax: number): SizedLru<Value> {
  // A Map keeps the order of insertion: its first entry is the one unused for longest.
  const entries = new Map<string, { readonly value: Value; readonly size: number }>();
  let total = 0;
  const drop = (key: string): void => {
    total -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  };
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, value, size) => {
      drop(key);
      if (size > sizeMax) return;
      entries.set(key, { value, size });
      total += size;
      for (const oldest of entries.keys()) {
        if (total <= sizeMax) break;
        drop(oldest);
      }
    },
    delete: drop,
  };
}
