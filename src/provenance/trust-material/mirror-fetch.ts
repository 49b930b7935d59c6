import { Failure } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import type { Network, NetworkAnswer } from "../../platform/network.ts";
import type { Fetch } from "./repository.ts";

/** Of all files of one refresh; the public-good instance's are a hundredth of it. */
const REFRESH_BYTES_MAX = 8 * 1024 * 1024;

/** Files from a mirror, which is not trusted: bounded in bytes, and in time by the signal. */
export function mirrorFetch(network: Network, mirror: string, signal: AbortSignal): Fetch {
  let leftBytes = REFRESH_BYTES_MAX;
  return async (path, bytesMax) => {
    const url = new URL(`${mirror}/${path}`);
    const answer = await network.request({ url, method: "GET", headers: {}, signal });
    if (answer.status !== 200) return refusedFile(answer, url);
    const bytes = await readBounded(answer, url, Math.min(bytesMax, leftBytes));
    leftBytes -= bytes.length;
    return bytes;
  };
}

/** TUF 5.3.3: storage that answers 403 for what it does not have counts as one that says 404. */
async function refusedFile(answer: NetworkAnswer, url: URL): Promise<undefined> {
  await answer.discard();
  if (answer.status === 404 || answer.status === 403) return undefined;
  throw new Failure(
    "upstream-unavailable",
    `${printable(url.host)} answered with status ${String(answer.status)}.`,
    { url: url.href, status: answer.status },
  );
}

async function readBounded(answer: NetworkAnswer, url: URL, bytesMax: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.body) {
    length += piece.length;
    if (length > bytesMax) {
      throw new Failure(
        "too-large",
        `${printable(url.host)} sent more than ${String(bytesMax)} bytes for one file.`,
        { url: url.href, limit: "REFRESH_BYTES_MAX", wanted: bytesMax },
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
