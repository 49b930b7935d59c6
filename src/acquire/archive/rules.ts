import { Failure, type FailureDetail } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";

/** The gzip wrapper (RFC 1952). */
export const GZIP_RULES = {
  "not-gzip": "it does not start as a gzip file",
  "gzip-header": "its gzip header uses fields that clients read differently",
  "gzip-corrupt": "its compressed data is damaged",
  "gzip-multiple-members":
    "a second gzip member follows the first, and some clients stop before it",
  "gzip-trailing-data":
    "bytes follow the end of its compressed data, and clients treat them differently",
  "gzip-size-mismatch": "its content is not as long as the gzip trailer says",
  "gzip-checksum": "its content does not match the checksum in the gzip trailer",
} as const;

/** What a bomb costs. */
export const BOUND_RULES = {
  "archive-too-large": "it unpacks to more bytes than allowed",
  "compression-ratio": "it unpacks to far more bytes than any honest package of its size",
  "too-many-entries": "it has more entries or folders than allowed",
  "file-too-large": "one of its files is larger than allowed",
  "too-deep": "a path has more folders than allowed",
  "path-too-long": "a path, or a part of one, is longer than allowed",
  "header-too-large": "a header that extends another is larger than allowed",
} as const;

/** The tar structure (POSIX.1-2017 pax, ustar and GNU), and what an entry may be. */
export const TAR_RULES = {
  truncated: "it ends in the middle",
  "trailing-data": "data follows its end marker, and some clients would unpack it",
  "unknown-format": "a header is in no tar format that all clients know",
  "bad-checksum": "a header's checksum is wrong, and clients disagree on what to skip",
  "bad-number": "a header's number can be read in more than one way",
  "bad-name-field": "a header's name can be read in more than one way",
  "unexpected-link-name": "an entry that is no link names a link target, which makes npm skip it",
  "folder-with-content": "a folder carries content, which some clients would read as headers",
  "unknown-type": "an entry's type is unknown to some clients",
  "stacked-headers": "headers that extend the same entry follow each other",
  "header-without-entry": "a header that extends the next entry has none",
  "name-override-mismatch": "an entry's long name and short name are different files",
  link: "it has a link, which could point out of the package's folder",
  device: "it has a device entry",
  fifo: "it has a named pipe",
} as const;

/** Extended headers: pax "x" and "g", GNU "L". */
export const EXTENSION_RULES = {
  "pax-malformed": "an extended header does not follow the pax syntax",
  "pax-key": "an extended header sets something that clients read differently",
  "pax-duplicate-key": "an extended header sets the same thing twice",
  "pax-global-override": "a global header changes the path, size or link target of every entry",
  "pax-size-mismatch": "an extended header gives an entry another size than its own header",
  sparse: "it has a sparse file, which clients unpack differently",
} as const;

/** Where an entry goes. */
export const PATH_RULES = {
  "path-leaves-root": 'a path has a ".." part and could leave the package\'s folder',
  "absolute-path": "a path is absolute",
  "ambiguous-path":
    'a path has an empty part, or starts or ends in a ".", which clients resolve differently',
  "path-not-utf8": "a path is not UTF-8",
  "path-has-control-character": "a path has a control character",
  "backslash-path": "a path has a backslash, which separates folders on Windows",
  "colon-path": "a path has a colon, which names a drive or a hidden stream on Windows",
  "windows-trailing-path": "a part of a path ends in a dot or space, which Windows drops",
  "windows-device-path": "a path names a device of Windows",
  "outside-root-folder": "a file lies beside the package's folder, where clients disagree about it",
  "several-roots": "it has several top folders, which clients merge into one",
  "duplicate-path": "two entries have the same path and are not the same",
  "case-colliding-path":
    "two paths differ by case only and overwrite each other on macOS and Windows",
  "unicode-colliding-path":
    "two paths differ by Unicode form only and overwrite each other on macOS",
  "file-is-also-folder": "a path is a file and a folder at once",
  "no-manifest": "it has no package.json at its root",
} as const;

/**
 * Why a tarball is refused. npm, pnpm, Yarn and Bun each unpack with a reader of their own
 * (node-tar, a hand-made one, tar-stream, libarchive). Whatever two of them read differently would
 * let a package show one tree to Veln and another to the disk, so the archive is accepted only
 * where all of them read the same, and each doubt has a rule of its own.
 */
export const ARCHIVE_RULES = {
  ...GZIP_RULES,
  ...BOUND_RULES,
  ...TAR_RULES,
  ...EXTENSION_RULES,
  ...PATH_RULES,
};

export type ArchiveRule = keyof typeof ARCHIVE_RULES;

/** @throws Failure "bad-archive", always */
export function refuse(
  rule: ArchiveRule,
  detail: Pick<FailureDetail, "path" | "limit" | "found" | "wanted"> = {},
): never {
  const path = detail.path === undefined ? undefined : printable(detail.path);
  const where = path === undefined ? "" : ` (${path})`;
  throw new Failure("bad-archive", `The tarball is refused: ${ARCHIVE_RULES[rule]}${where}.`, {
    ...detail,
    ...(path === undefined ? {} : { path }),
    rule,
  });
}
