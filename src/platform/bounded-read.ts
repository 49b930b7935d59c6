import { open, stat } from "node:fs/promises";

/**
 * The whole of a regular file. Undefined for what is none, cannot be read or is larger than allowed:
 * for places that somebody else writes, where all of these mean that there is nothing for us.
 */
export async function readBounded(path: string, bytesMax: number): Promise<Buffer | undefined> {
  try {
    // Opening a pipe waits for its other side, so it is looked at first.
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > bytesMax) return undefined;
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(stats.size), 0, stats.size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
