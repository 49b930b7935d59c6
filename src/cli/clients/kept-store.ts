import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJson } from "../../model/canonical.ts";
import type { ClientContext } from "./client.ts";

/**
 * A store that outlives the run, because pnpm notes in `node_modules` where its store is and balks
 * at another one. What lies in it came through a gate and is not asked for again, so it goes as soon
 * as a verdict of before may not hold any more: other rules, or older than verdicts get.
 *
 * @returns the folder
 */
export async function openKeptStore(context: ClientContext): Promise<string> {
  const { keptFolder, verdictKey, policy } = context;
  const store = join(keptFolder, "store");
  const markerPath = join(keptFolder, "store.json");
  const marker = await readMarker(markerPath);
  const ageMs = Date.now() - (marker?.sinceMs ?? 0);
  const holds = marker?.key === verdictKey && ageMs >= 0 && ageMs < policy.verdictReuseMs;
  if (!holds) {
    // In this order: after a crash in between, the next run finds no marker and purges again.
    await rm(markerPath, { force: true });
    await rm(store, { recursive: true, force: true });
    await mkdir(store, { recursive: true });
    await writeFile(markerPath, JSON.stringify({ key: verdictKey, sinceMs: Date.now() }));
  }
  return store;
}

async function readMarker(path: string): Promise<{ key: string; sinceMs: number } | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const json = text === undefined ? undefined : parseJsonOrNot(text);
  if (!isJsonObject(json)) return undefined;
  const { key, sinceMs } = json;
  return typeof key === "string" && typeof sinceMs === "number" ? { key, sinceMs } : undefined;
}

function parseJsonOrNot(text: string): ReturnType<typeof parseJson> | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
