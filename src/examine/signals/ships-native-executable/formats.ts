/** A format that a machine runs or links, by its first bytes. */
export type NativeFormat = "ELF" | "Mach-O" | "Windows PE" | "archive of object files";

/** Bytes that {@link nativeFormat} looks at, at most. */
export const HEAD_BYTES = 4_096;

/** @param head the first {@link HEAD_BYTES} of a file, or all of it */
export function nativeFormat(head: Uint8Array): NativeFormat | undefined {
  if (head.length < 8) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const magic = view.getUint32(0);
  if (magic === 0x7f454c46) return "ELF";
  if (MACH_O.has(magic)) return "Mach-O";
  if (magic === 0xcafebabe || magic === 0xcafebabf) return fatMachO(view);
  if (view.getUint16(0) === 0x4d5a) return isPortableExecutable(view) ? "Windows PE" : undefined;
  return magic === 0x213c6172 && view.getUint32(4) === 0x63683e0a
    ? "archive of object files"
    : undefined;
}

/** 32 and 64 bit, both byte orders (mach-o/loader.h). */
const MACH_O: ReadonlySet<number> = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe]);

const ARCHITECTURES_MAX = 30;

/**
 * A Java class begins like a universal binary. There the next word counts architectures (a handful);
 * in a class it is the version, 45 and up in its lower half.
 */
function fatMachO(view: DataView): NativeFormat | undefined {
  const count = view.getUint32(4);
  return count > 0 && count <= ARCHITECTURES_MAX ? "Mach-O" : undefined;
}

/** "MZ" alone begins many a text; the offset at 0x3c leads to "PE\0\0" (PE format, 3.1). */
function isPortableExecutable(view: DataView): boolean {
  if (view.byteLength < 0x40) return false;
  const offset = view.getUint32(0x3c, true);
  if (offset + 4 > view.byteLength) {
    // A long stub pushes the header out of sight: what looks like a DOS program is one.
    return view.byteLength >= HEAD_BYTES && offset < 0x1000_0000;
  }
  return view.getUint32(offset) === 0x50450000;
}
