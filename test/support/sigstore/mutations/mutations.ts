import { LABEL_MUTATIONS } from "./labels.ts";
import { CONTENT_MUTATIONS } from "./contents.ts";
import { CERTIFICATE_MUTATIONS } from "./signers.ts";
import { ENTRY_MUTATIONS } from "./entries.ts";
import { PROOF_MUTATIONS } from "./proofs.ts";
import { TIMESTAMP_MUTATIONS } from "./timestamps.ts";
import { SHAPE_MUTATIONS } from "./shapes.ts";
import type { Mutation } from "./mutation.ts";

export const MUTATIONS: readonly Mutation[] = [
  ...LABEL_MUTATIONS,
  ...CONTENT_MUTATIONS,
  ...CERTIFICATE_MUTATIONS,
  ...ENTRY_MUTATIONS,
  ...PROOF_MUTATIONS,
  ...TIMESTAMP_MUTATIONS,
  ...SHAPE_MUTATIONS,
];
