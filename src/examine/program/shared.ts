import type { FileTree } from "../../model/file-tree.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { Sources } from "../parse/sources.ts";
import { type Program, readProgram } from "./program.ts";

const programs = new WeakMap<Sources, Program>();

/** The program of a package, read once for all signals that share its sources. */
export function programOf(manifest: Manifest, files: FileTree, sources: Sources): Program {
  const known = programs.get(sources);
  if (known !== undefined) return known;
  const program = readProgram(manifest, files, sources);
  programs.set(sources, program);
  return program;
}
