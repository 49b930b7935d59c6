import { at, flipped, otherSignature, put } from "../edit.ts";
import {
  type Mutation,
  type Mutate,
  PROOF,
  CHECKPOINT,
  value,
  set,
  without,
  bytes,
  text,
  donated,
  both,
  where,
  plus,
  isLabelled,
  hasPromise,
  isIntotoOf2023,
  NO_PROOF,
  refused,
  tolerated,
  listOf,
} from "./mutation.ts";

/** A checkpoint's text in its parts: what is signed, and the lines of signatures. */
function checkpoint(
  change: (lines: readonly string[], body: string) => string | undefined,
): Mutate {
  return text(CHECKPOINT, (found) => {
    const parted = found.indexOf("\n\n");
    return change(found.slice(parted + 2, -1).split("\n"), found.slice(0, parted + 1));
  });
}

/** The log's own line, its signature changed. */
function ownSignature(change: (signature: Buffer) => Buffer): Mutate {
  return checkpoint(
    ([own = "", ...rest], body) => `${body}\n${[resigned(own, change), ...rest].join("\n")}\n`,
  );
}

function resigned(line: string, change: (signature: Buffer) => Buffer): string {
  const [dash = "", name = "", encoded = ""] = line.split(" ");
  const signed = Buffer.from(encoded, "base64");
  const changed = Buffer.concat([signed.subarray(0, 4), change(signed.subarray(4))]);
  return `${dash} ${name} ${changed.toString("base64")}`;
}

const WITNESS = `— witness.invalid ${Buffer.alloc(76, 7).toString("base64")}`;

export const PROOF_MUTATIONS: readonly Mutation[] = [
  refused(
    "no proof",
    ["log-inclusion"],
    where((bundle) => !isIntotoOf2023(bundle) || !isLabelled("0.1")(bundle), NO_PROOF),
  ),
  refused(
    "null for the proof",
    ["log-inclusion"],
    where(
      (bundle) => !isIntotoOf2023(bundle) || !isLabelled("0.1")(bundle),
      value(PROOF, () => null),
    ),
  ),
  refused("the next index in the proof", ["log-inclusion"], plus([...PROOF, "logIndex"], 1)),
  refused("the first index in the proof", ["log-inclusion"], set([...PROOF, "logIndex"], "0")),
  refused(
    "an index beyond the tree",
    ["log-inclusion"],
    value(PROOF, (proof) => put(proof, ["logIndex"], at(proof, ["treeSize"]) ?? null)),
  ),
  refused("a larger tree", ["log-checkpoint"], plus([...PROOF, "treeSize"], 1)),
  refused("a smaller tree", ["log-checkpoint"], plus([...PROOF, "treeSize"], -1)),
  refused("an empty tree", ["log-checkpoint"], set([...PROOF, "treeSize"], "0")),
  refused(
    "a byte of the root",
    ["log-checkpoint"],
    bytes([...PROOF, "rootHash"], (root) => flipped(root, 0)),
  ),
  refused("no root", ["bundle"], without([...PROOF, "rootHash"])),
  refused(
    "a root of 31 bytes",
    ["log-inclusion"],
    bytes([...PROOF, "rootHash"], (root) => root.subarray(1)),
  ),
  refused(
    "a byte of a hash",
    ["log-inclusion"],
    bytes([...PROOF, "hashes", 0], (found) => flipped(found, 31)),
  ),
  refused(
    "a hash less",
    ["log-inclusion"],
    value([...PROOF, "hashes"], (hashes) => listOf(hashes).slice(1)),
  ),
  refused(
    "the last hash less",
    ["log-inclusion"],
    value([...PROOF, "hashes"], (hashes) => listOf(hashes).slice(0, -1)),
  ),
  refused(
    "a hash more",
    ["log-inclusion"],
    value([...PROOF, "hashes"], (hashes) => [...listOf(hashes), listOf(hashes)[0] ?? null]),
  ),
  refused(
    "hashes in the other order",
    ["log-inclusion"],
    value([...PROOF, "hashes"], (hashes) => [...listOf(hashes)].reverse()),
  ),
  refused("no hashes", ["log-inclusion"], set([...PROOF, "hashes"], [])),
  refused(
    "a hash of 33 bytes",
    ["log-inclusion"],
    bytes([...PROOF, "hashes", 0], (found) => Buffer.concat([found, Buffer.of(0)])),
  ),
  refused("an empty hash", ["bundle"], set([...PROOF, "hashes", 0], "")),
  refused(
    "ten thousand hashes",
    ["bundle"],
    value([...PROOF, "hashes"], (hashes) =>
      Array.from({ length: 10_000 }, () => listOf(hashes)[0] ?? null),
    ),
  ),
  refused("the proof of another", ["log-inclusion", "log-checkpoint"], donated(PROOF)),
  refused("no checkpoint", ["log-checkpoint"], without([...PROOF, "checkpoint"])),
  refused("an empty checkpoint", ["bundle"], set(CHECKPOINT, "")),
  refused(
    "a checkpoint of another origin",
    ["log-checkpoint"],
    text(CHECKPOINT, (found) => `x${found}`),
  ),
  refused(
    "a checkpoint of a larger tree",
    ["log-checkpoint"],
    text(CHECKPOINT, (found) =>
      found.replace(/\n(\d+)\n/, (_, size: string) => `\n${String(Number(size) + 1)}\n`),
    ),
  ),
  refused(
    "a checkpoint of another root",
    ["log-checkpoint"],
    checkpoint((lines, body) => {
      const [origin = "", size = "", root = ""] = body.split("\n");
      const other = flipped(Buffer.from(root, "base64"), 5).toString("base64");
      return `${origin}\n${size}\n${other}\n\n${lines.join("\n")}\n`;
    }),
  ),
  refused(
    "another root in checkpoint and proof",
    ["log-checkpoint"],
    both(
      bytes([...PROOF, "rootHash"], (root) => flipped(root, 5)),
      checkpoint((lines, body) => {
        const [origin = "", size = "", root = ""] = body.split("\n");
        const other = flipped(Buffer.from(root, "base64"), 5).toString("base64");
        return `${origin}\n${size}\n${other}\n\n${lines.join("\n")}\n`;
      }),
    ),
  ),
  refused(
    "a line more in what the checkpoint signs",
    ["log-checkpoint"],
    checkpoint((lines, body) => `${body}more\n\n${lines.join("\n")}\n`),
  ),
  refused(
    "a byte of the checkpoint's signature",
    ["log-checkpoint"],
    ownSignature((signature) => flipped(signature, -1)),
  ),
  refused(
    "a checkpoint without signatures",
    ["log-checkpoint"],
    checkpoint((_, body) => `${body}\n`),
  ),
  refused(
    "a checkpoint of witnesses alone",
    ["log-checkpoint"],
    checkpoint((_, body) => `${body}\n${WITNESS}\n`),
  ),
  refused(
    "another name at the checkpoint's signature",
    ["log-checkpoint"],
    checkpoint(
      ([own = "", ...rest], body) =>
        `${body}\n${[own.replace(/^— \S+/, "— other.invalid"), ...rest].join("\n")}\n`,
    ),
  ),
  refused(
    "a pattern for the name at the checkpoint's signature",
    ["log-checkpoint"],
    checkpoint(
      ([own = "", ...rest], body) =>
        `${body}\n${[own.replace(/^— \S+/, "— .*"), ...rest].join("\n")}\n`,
    ),
  ),
  refused(
    "another key's hint at the checkpoint's signature",
    ["log-checkpoint"],
    checkpoint(([own = "", ...rest], body) => {
      const [dash = "", name = "", encoded = ""] = own.split(" ");
      const other = flipped(Buffer.from(encoded, "base64"), 0).toString("base64");
      return `${body}\n${[`${dash} ${name} ${other}`, ...rest].join("\n")}\n`;
    }),
  ),
  refused(
    "a wrong signature of the log beside the right one",
    ["log-checkpoint"],
    checkpoint(
      ([own = "", ...rest], body) =>
        `${body}\n${[own, resigned(own, (signature) => flipped(signature, -1)), ...rest].join("\n")}\n`,
    ),
  ),
  refused(
    "a checkpoint without its last line end",
    ["log-checkpoint"],
    text(CHECKPOINT, (found) => found.slice(0, -1)),
  ),
  refused(
    "a checkpoint with a line end more",
    ["log-checkpoint"],
    text(CHECKPOINT, (found) => `${found}\n`),
  ),
  refused(
    "a checkpoint with carriage returns",
    ["log-checkpoint"],
    text(CHECKPOINT, (found) => found.replaceAll("\n", "\r\n")),
  ),
  refused(
    "a hyphen at the checkpoint's signature",
    ["log-checkpoint"],
    text(CHECKPOINT, (found) => found.replace("—", "-")),
  ),
  refused(
    "a thousand lines of witnesses",
    ["log-checkpoint", "bundle"],
    checkpoint(
      (lines, body) =>
        `${body}\n${[...lines, ...Array.from({ length: 500 }, () => WITNESS)].join("\n")}\n`,
    ),
  ),
  refused("the checkpoint of another", ["log-checkpoint"], donated([...PROOF, "checkpoint"])),
  tolerated(
    "a witness's line added to the checkpoint",
    checkpoint((lines, body) => `${body}\n${[...lines, WITNESS].join("\n")}\n`),
  ),
  tolerated(
    "the lines of witnesses taken out of the checkpoint",
    checkpoint(([own = "", ...rest], body) =>
      rest.length === 0 ? undefined : `${body}\n${own}\n`,
    ),
  ),
  tolerated(
    "the checkpoint's signature twice",
    checkpoint(([own = "", ...rest], body) => `${body}\n${[own, own, ...rest].join("\n")}\n`),
  ),
  tolerated(
    "the checkpoint's other signature",
    where(
      hasPromise,
      ownSignature((signature) => otherSignature(signature)),
    ),
  ),
];
