import { hash } from "node:crypto";

/** Hashing of RFC 6962, section 2.1: a prefix keeps leaves and nodes apart. */
const LEAF = Buffer.of(0x00);
const NODE = Buffer.of(0x01);
const HASH_BYTES = 32;

export function leafHash(entry: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([LEAF, entry]), "buffer");
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([NODE, left, right]), "buffer");
}

/**
 * The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2), or undefined when the proof
 * has too few or too many hashes for its place. Whoever asks compares the root with a signed one.
 *
 * @param index of the leaf, counted from 0; below `size`. Both are exact integers up to 2^53.
 */
export function rootFromInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Buffer | undefined {
  if (index < 0 || index >= size || proof.some(({ length }) => length !== HASH_BYTES)) {
    return undefined;
  }
  let node: Buffer = Buffer.from(leaf);
  let place = index;
  let last = size - 1;
  for (const sibling of proof) {
    if (last === 0) return undefined;
    if (place % 2 === 1 || place === last) {
      node = nodeHash(sibling, node);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      node = nodeHash(node, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : undefined;
}
