import type { Confidence, Severity } from "../../model/finding.ts";
import type { ModuleModel } from "../program/module.ts";
import type { LensView } from "./view.ts";

/** Something that Lens looks for. The page of `veln lens --explain ID` is made from its texts. */
export interface Rule {
  /** Stable; the second half of a finding's id. */
  readonly id: string;
  readonly title: string;
  /** Why it matters: what honest code does not do, and who does. */
  readonly why: string;
  /** A few lines that it finds; nothing in them works. */
  readonly example: string;
  /** What to do when it is found. */
  readonly advice: string;
  /** The worst it can give. Each sighting may say less. */
  readonly severity: Severity;
  readonly confidence: Confidence;
  look(view: LensView): readonly Sighting[];
}

/** One place where a rule holds. */
export interface Sighting {
  readonly place: Place;
  /** What is so here, in one or two sentences for people. */
  readonly message: string;
  readonly severity?: Severity;
  readonly confidence?: Confidence;
}

export type Place =
  | { readonly module: ModuleModel; readonly offset: number }
  /** A file that is no module, or one that was not read as such. */
  | { readonly path: string; readonly line: number; readonly excerpt: string };
