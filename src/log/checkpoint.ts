/** A log's signed head: C2SP tlog-checkpoint, in the format of C2SP signed-note. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** The bytes that are signed: everything before the blank line, its line end included. */
  readonly body: Buffer;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** First four bytes of the key's id. */
  readonly keyHint: Buffer;
  readonly signature: Buffer;
}

const TEXT_LENGTH_MAX = 64 * 1024;
const SIGNATURES_MAX = 64;
const ROOT_BYTES = 32;
const HINT_BYTES = 4;
const SIGNATURE_LINE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/u;

/** Undefined for a text that is no checkpoint to the letter. Nothing is verified. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  if (text.length > TEXT_LENGTH_MAX || !text.endsWith("\n")) return undefined;
  const parted = text.lastIndexOf("\n\n");
  if (parted === -1) return undefined;
  const bodyText = text.slice(0, parted + 1);
  const [origin = "", sizeText = "", rootText = "", ...extensions] = bodyText
    .slice(0, -1)
    .split("\n");
  if (origin === "" || extensions.includes("")) return undefined;
  const size = parseSize(sizeText);
  const root = exactBase64(rootText);
  const signatures = parseSignatures(text.slice(parted + 2, -1).split("\n"));
  if (size === undefined || root?.length !== ROOT_BYTES || signatures === undefined) {
    return undefined;
  }
  return { origin, size, root, body: Buffer.from(bodyText), signatures };
}

function parseSize(text: string): number | undefined {
  const size = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : undefined;
}

function parseSignatures(lines: readonly string[]): readonly NoteSignature[] | undefined {
  if (lines.length > SIGNATURES_MAX) return undefined;
  const signatures = lines.map((line) => {
    const [, name = "", encoded = ""] = SIGNATURE_LINE.exec(line) ?? [];
    const bytes = exactBase64(encoded);
    if (bytes === undefined || bytes.length <= HINT_BYTES) return undefined;
    return {
      name,
      keyHint: bytes.subarray(0, HINT_BYTES),
      signature: bytes.subarray(HINT_BYTES),
    };
  });
  return signatures.every((signature) => signature !== undefined) ? signatures : undefined;
}

function exactBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
