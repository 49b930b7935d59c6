import type { FileTree } from "../../model/file-tree.ts";

const IS_CODE = /\.(?:[cm]?[jt]sx?|es6?)$/i;
const IS_DECLARATION = /\.d\.[cm]?ts$/i;

/**
 * More than this may take longer to read than there is time on a busy machine: of 639 popular packages
 * on a quiet one none of less code took more than a second, and the largest four.
 */
export const CODE_OF_SIZE_BYTES = 1024 * 1024;

/** Bytes of JavaScript and TypeScript by their names, declarations left out. */
export function codeBytesOf(files: FileTree): number {
  return files.entries
    .filter(({ path }) => IS_CODE.test(path) && !IS_DECLARATION.test(path))
    .reduce((sum, { size }) => sum + size, 0);
}

export function sizeInWords(bytes: number): string {
  const mebibytes = bytes / (1024 * 1024);
  return mebibytes < 0.1 ? `${String(Math.ceil(bytes / 1024))} kB` : `${mebibytes.toFixed(1)} MB`;
}
