import type { Denial } from "../room.ts";
import type { Claim } from "./credential.ts";
import { printTarget, type Target } from "./target.ts";

/** What went through the proxy, and what did not. */
export interface ProxyReport {
  readonly denials: readonly Denial[];
  readonly downloads: readonly Download[];
  /** Hosts that were open and could not be reached, a sentence each. */
  readonly failures: readonly string[];
  /** Entries of any kind beyond those that were kept. */
  readonly dropped: number;
}

export interface Download {
  /** `host:port` */
  readonly from: string;
  /** The package as the script names it, where it does. */
  readonly by: string | undefined;
  readonly times: number;
  readonly bytes: number;
}

/** Hostile code decides how many names it asks for. */
const ENTRIES_MAX = 200;

/** Counts like with like, so that a loop of a thousand requests is one line. */
export class Journal {
  readonly #denials = new Map<string, Denial>();
  readonly #downloads = new Map<string, Download>();
  readonly #failures = new Set<string>();
  #dropped = 0;

  noteDenial(target: string, { by }: Claim): void {
    const key = JSON.stringify([target, by]);
    const times = (this.#denials.get(key)?.times ?? 0) + 1;
    // The proxy sees a connection, not the program at its other end.
    const denial: Denial = { kind: "network", target, by, program: "", times };
    this.#keep(this.#denials, key, denial);
  }

  noteDownload(target: Target, { by }: Claim, bytes: number): void {
    const from = printTarget(target);
    const key = JSON.stringify([from, by]);
    const before = this.#downloads.get(key) ?? { times: 0, bytes: 0 };
    const download = { from, by, times: before.times + 1, bytes: before.bytes + bytes };
    this.#keep(this.#downloads, key, download);
  }

  noteFailure(sentence: string): void {
    if (this.#failures.has(sentence)) return;
    if (this.#failures.size < ENTRIES_MAX) this.#failures.add(sentence);
    else this.#dropped += 1;
  }

  report(): ProxyReport {
    return {
      denials: [...this.#denials.values()],
      downloads: [...this.#downloads.values()],
      failures: [...this.#failures],
      dropped: this.#dropped,
    };
  }

  #keep<Entry>(entries: Map<string, Entry>, key: string, entry: Entry): void {
    if (entries.has(key) || entries.size < ENTRIES_MAX) entries.set(key, entry);
    else this.#dropped += 1;
  }
}
