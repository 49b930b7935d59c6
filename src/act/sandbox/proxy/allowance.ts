import { Transform, type TransformCallback } from "node:stream";
import { printTarget, type Target } from "./target.ts";

/**
 * What scripts may send to one host in a whole run: thousands of requests of a downloader, and little
 * of a stolen project. Nobody can tell from outside what goes up through TLS, only how much.
 */
export const SENT_BYTES_MAX = 512 * 1024;

export class Allowance {
  readonly #sent = new Map<string, number>();

  /** Counts bytes against the host's allowance; false once it is used up. */
  take(target: Target, bytes: number): boolean {
    const place = printTarget(target);
    const sent = (this.#sent.get(place) ?? 0) + bytes;
    this.#sent.set(place, sent);
    return sent <= SENT_BYTES_MAX;
  }
}

/** Lets bytes through as long as `admit` does, and fails with the error it is given after that. */
export function counted(admit: (bytes: number) => boolean, exceeded: () => Error): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      if (admit(chunk.length)) done(null, chunk);
      else done(exceeded());
    },
  });
}
