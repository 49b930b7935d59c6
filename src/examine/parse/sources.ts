import type { Program } from "oxc-parser";
import type { FileTree } from "../../model/file-tree.ts";

/** The shared reading of JavaScript and TypeScript files: parsed at first ask, once for all signals. */
export interface Sources {
  /** Undefined when the path is absent from the tree or no source file by its name or hashbang. */
  of(path: string): SourceAnswer | undefined;
  /**
   * The whole tree of a file. It is large and not kept: whoever asks twice has it parsed twice.
   * Undefined as for {@link of}.
   */
  tree(path: string): TreeAnswer | undefined;
  /** The sources of another tree. What both have the same is parsed once for both. */
  beside(tree: FileTree): Sources;
  /** The same object for sources beside each other: readers keep by it what they made of a file. */
  readonly family: object;
}

export type TreeAnswer =
  | { readonly state: "parsed"; readonly tree: SourceTree }
  | { readonly state: "unknown"; readonly why: string };

export interface SourceTree {
  readonly program: Program;
  /** What the tree's offsets count in: the file without its byte-order mark. */
  readonly text: string;
}

export type SourceAnswer =
  | { readonly state: "parsed"; readonly facts: SourceFacts }
  /** Too large, nested too deep, not parseable in any dialect: the reason, for people. */
  | { readonly state: "unknown"; readonly why: string };

export interface SourceFacts {
  readonly imports: readonly ImportFact[];
  /** True when a specifier is computed, so that `imports` cannot be complete. */
  readonly loadsComputed: boolean;
  /** Identifiers (bindings, references, property names) with characters beyond ASCII. */
  readonly foreignIdentifiers: readonly IdentifierFact[];
}

export interface ImportFact {
  readonly specifier: string;
  readonly kind: "import" | "require" | "dynamic-import" | "resolve" | "worker" | "url";
  readonly line: number;
}

export interface IdentifierFact {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}
