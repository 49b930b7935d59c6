import { isJsonObject } from "../../../../src/model/canonical.ts";
import type { Path } from "../edit.ts";
import {
  type Mutation,
  type Mutate,
  MATERIAL,
  ENTRY,
  PROOF,
  ENVELOPE,
  value,
  without,
  refused,
  tolerated,
  SIGNATURES,
} from "./mutation.ts";

const stranger = (path: Path): Mutate =>
  value(path, (found) => (isJsonObject(found) ? { ...found, stranger: 1 } : undefined));

export const SHAPE_MUTATIONS: readonly Mutation[] = [
  refused("an unknown field in the bundle", ["bundle"], (bundle) => ({ ...bundle, stranger: 1 })),
  refused("an unknown field in the material", ["bundle"], stranger(MATERIAL)),
  refused("an unknown field in the log entry", ["bundle"], stranger(ENTRY)),
  refused("an unknown field in the proof", ["bundle"], stranger(PROOF)),
  refused("an unknown field in the checkpoint", ["bundle"], stranger([...PROOF, "checkpoint"])),
  refused("an unknown field in the envelope", ["bundle"], stranger(ENVELOPE)),
  refused("an unknown field beside the signature", ["bundle"], stranger([...SIGNATURES, 0])),
  refused("a field named in the older spelling of protobuf", ["bundle"], (bundle) => {
    const { mediaType, ...rest } = bundle;
    return { media_type: mediaType ?? null, ...rest };
  }),
  refused("no verification material", ["bundle"], without(MATERIAL)),
  refused(
    "a list in place of the material",
    ["bundle"],
    value(MATERIAL, (material) => [material]),
  ),
  refused("a bundle in a bundle", ["bundle"], (bundle) => ({
    ...bundle,
    verificationMaterial: bundle,
  })),
  tolerated("null for a field that is not there", (bundle) => ({
    ...bundle,
    [bundle["dsseEnvelope"] === undefined ? "dsseEnvelope" : "messageSignature"]: null,
  })),
];
