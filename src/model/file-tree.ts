/**
 * The regular files of a package, read-only. All contents lie in one block of memory, so a
 * tree is sent to another process in one piece. `acquire/archive` is the only maker of trees from
 * strangers' bytes and has already refused everything a path or a type could trick us with.
 */
export interface FileEntry {
  /** Relative to the package's root, "/" as separator, no "." or ".." part. */
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  readonly executable: boolean;
}

/** Survives a structured clone; {@link FileTree} is the view on it. */
export interface FileTreeData {
  readonly arena: Uint8Array;
  /** Sorted by path, by code units. */
  readonly entries: readonly FileEntry[];
}

export class FileTree {
  readonly data: FileTreeData;
  readonly #byPath: ReadonlyMap<string, FileEntry>;

  constructor(data: FileTreeData) {
    this.data = data;
    this.#byPath = new Map(data.entries.map((entry) => [entry.path, entry]));
  }

  get entries(): readonly FileEntry[] {
    return this.data.entries;
  }

  get(path: string): FileEntry | undefined {
    return this.#byPath.get(path);
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** A view, not a copy. Nobody writes to it. */
  bytes(entry: FileEntry): Uint8Array {
    return this.data.arena.subarray(entry.offset, entry.offset + entry.size);
  }

  /** UTF-8, with U+FFFD for what is not UTF-8; a leading byte-order mark is kept. */
  text(entry: FileEntry): string {
    return Buffer.from(
      this.data.arena.buffer,
      this.data.arena.byteOffset + entry.offset,
      entry.size,
    ).toString("utf8");
  }
}

/** A tree from contents at hand: tests, folders on disk. */
export function fileTreeOf(
  files: Iterable<
    readonly [path: string, content: string | Uint8Array, options?: { executable?: boolean }]
  >,
): FileTree {
  const parts = [...files].map(([path, content, options]) => ({
    path,
    bytes: typeof content === "string" ? Buffer.from(content) : content,
    executable: options?.executable ?? false,
  }));
  parts.sort((a, b) => (a.path < b.path ? -1 : 1));
  const size = parts.reduce((sum, part) => sum + part.bytes.length, 0);
  const arena = new Uint8Array(size);
  let offset = 0;
  const entries = parts.map(({ path, bytes, executable }) => {
    arena.set(bytes, offset);
    const entry = { path, offset, size: bytes.length, executable };
    offset += bytes.length;
    return entry;
  });
  return new FileTree({ arena, entries });
}
