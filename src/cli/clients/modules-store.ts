import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { replaceFile } from "./mend.ts";

/** pnpm writes this file as JSON; up to version 9 it was YAML with one key a line. */
const STORE_DIR = /^([ \t]*"?storeDir"?:[ \t]*"?)([^"\n]*)/m;

/**
 * pnpm notes in `node_modules` which store its files are linked from and refuses to work with
 * another. So that a project can go back and forth between `pnpm` and `veln pnpm`, the note names
 * our store for as long as pnpm runs, and the user's own otherwise. A crash in between leaves ours
 * there; pnpm then says what it says when a store was moved, and `pnpm install` mends it.
 */
export async function lendStore(
  folders: readonly string[],
  ourStore: string,
  usersStore: () => Promise<string | undefined>,
): Promise<() => Promise<void>> {
  const notes = folders.map((folder) => join(folder, "node_modules", ".modules.yaml"));
  const before = new Map<string, string>();
  for (const note of notes) {
    const noted = await notedStore(note);
    if (noted === undefined || noted.startsWith(`${ourStore}/`)) continue;
    before.set(note, noted);
    // The last segment is the store's format (`v10`): another one has to stay another one.
    await noteStore(note, join(ourStore, basename(noted)));
  }
  return async () => {
    for (const note of notes) {
      const noted = await notedStore(note);
      if (noted?.startsWith(`${ourStore}/`) !== true) continue;
      const earlier = before.get(note);
      const sameFormat = earlier !== undefined && basename(earlier) === basename(noted);
      const theirs = sameFormat ? earlier : await usersStore();
      if (theirs !== undefined) await noteStore(note, theirs);
    }
  };
}

async function notedStore(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : STORE_DIR.exec(text)?.[2];
}

async function noteStore(path: string, store: string): Promise<void> {
  const text = await readFile(path, "utf8");
  await replaceFile(
    path,
    text.replace(STORE_DIR, (_match, start: string) => start + store),
  );
}
