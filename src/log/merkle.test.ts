import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leafHash, rootFromInclusion } from "./merkle.ts";

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  hash("sha256", Buffer.concat(parts), "buffer");

/** RFC 6962, section 2.1, as it stands there: recursive and slow. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const left = splitOf(leaves.length);
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)));
}

/** RFC 6962, section 2.1.1. */
function proofOf(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length === 1) return [];
  const left = splitOf(leaves.length);
  return index < left
    ? [...proofOf(index, leaves.slice(0, left)), rootOf(leaves.slice(left))]
    : [...proofOf(index - left, leaves.slice(left)), rootOf(leaves.slice(0, left))];
}

function splitOf(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

const tree = fc
  .integer({ min: 1, max: 70 })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }));

function leavesOf(size: number): readonly Buffer[] {
  return Array.from({ length: size }, (_, index) => leafHash(Buffer.from(String(index))));
}

describe("rootFromInclusion", () => {
  it("hashes leaves as RFC 6962 does", () => {
    expect(leafHash(Buffer.from("a"))).toEqual(sha256(Buffer.of(0), Buffer.from("a")));
  });

  it("leads to the root from every leaf of every tree", () => {
    fc.assert(
      fc.property(tree, ({ size, index }) => {
        const leaves = leavesOf(size);
        const leaf = leaves[index] ?? Buffer.alloc(0);
        expect(rootFromInclusion(leaf, index, size, proofOf(index, leaves))).toEqual(
          rootOf(leaves),
        );
      }),
    );
  });

  it("leads elsewhere, or nowhere, from another place, with a hash more, less or altered", () => {
    fc.assert(
      fc.property(tree, fc.nat(), ({ size, index }, seed) => {
        const leaves = leavesOf(size);
        const leaf = leaves[index] ?? Buffer.alloc(0);
        const proof = proofOf(index, leaves);
        const root = rootOf(leaves);
        const at = proof.length === 0 ? 0 : seed % proof.length;
        const altered = proof.map((node, place) => (place === at ? sha256(node) : node));
        const wrong = [
          rootFromInclusion(leaf, index, size, [...proof, leaf]),
          ...(proof.length === 0
            ? []
            : [
                rootFromInclusion(leaf, index, size, proof.slice(1)),
                rootFromInclusion(leaf, index, size, proof.slice(0, -1)),
                rootFromInclusion(leaf, index, size, altered),
              ]),
          rootFromInclusion(leaf, (index + 1) % size, size, size === 1 ? [leaf] : proof),
          rootFromInclusion(sha256(leaf), index, size, proof),
        ];
        expect(wrong.filter((other) => other?.equals(root) === true)).toEqual([]);
      }),
    );
  });

  it("counts beyond 32 bits", () => {
    const size = 2 ** 40;
    const proof = Array.from({ length: 40 }, (_, level) => leafHash(Buffer.from(String(level))));
    const leaf = leafHash(Buffer.from("leaf"));
    const last = proof.reduce<Buffer>((node, left) => sha256(Buffer.of(1), left, node), leaf);
    const first = proof.reduce<Buffer>((node, right) => sha256(Buffer.of(1), node, right), leaf);
    expect([
      rootFromInclusion(leaf, size - 1, size, proof),
      rootFromInclusion(leaf, 0, size, proof),
      rootFromInclusion(leaf, 0, size, proof.slice(1)),
    ]).toEqual([last, first, undefined]);
  });

  it.each([
    ["a place outside the tree", 3, 3, []],
    ["a negative place", -1, 3, []],
    ["a hash of another length", 0, 2, [Buffer.alloc(31)]],
    ["an empty tree", 0, 0, []],
  ])("has no root for %s", (_, index, size, proof) => {
    expect(rootFromInclusion(leafHash(Buffer.alloc(0)), index, size, proof)).toBeUndefined();
  });
});
