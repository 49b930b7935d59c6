import type { Json, JsonObject } from "../../../../src/model/canonical.ts";
import { at, put } from "../edit.ts";
import {
  type Mutation,
  LABEL,
  LABELS,
  leafPath,
  set,
  without,
  text,
  both,
  where,
  isLabelled,
  hasChain,
  isSingle,
  hasProof,
  hasPromise,
  isIntotoOf2023,
  NO_PROOF,
  refused,
  tolerated,
  MATERIAL,
} from "./mutation.ts";

export const LABEL_MUTATIONS: readonly Mutation[] = [
  refused(
    "a label of an unknown version",
    ["bundle"],
    set(LABEL, "application/vnd.dev.sigstore.bundle+json;version=0.9"),
  ),
  refused(
    "a label of a version to come",
    ["bundle"],
    set(LABEL, "application/vnd.dev.sigstore.bundle.v1.0+json"),
  ),
  refused(
    "a label in capitals",
    ["bundle"],
    text(LABEL, (found) => found.toUpperCase()),
  ),
  refused(
    "a label with a space behind it",
    ["bundle"],
    text(LABEL, (found) => `${found} `),
  ),
  refused("a label that every object has", ["bundle"], set(LABEL, "__proto__")),
  refused("no label", ["bundle"], without(LABEL)),
  refused(
    "version 0.1 without a promise",
    ["log-promise", "bundle"],
    where((bundle) => !hasPromise(bundle), set(LABEL, LABELS["0.1"])),
  ),
  refused(
    "a version that has certificates elsewhere",
    ["bundle"],
    where(isSingle, set(LABEL, LABELS["0.2"])),
  ),
  refused(
    "a version that has no chains",
    ["bundle", "log-inclusion"],
    where(hasChain, set(LABEL, LABELS["0.3"])),
  ),
  refused(
    "a version that demands a proof",
    ["log-inclusion"],
    where((bundle) => !hasProof(bundle) && hasChain(bundle), set(LABEL, LABELS["0.2"])),
  ),
  tolerated(
    "the label of another version whose demands are met",
    where(
      (bundle) =>
        hasProof(bundle) && hasPromise(bundle) && !isSingle(bundle) && !isLabelled("0.1")(bundle),
      set(LABEL, LABELS["0.1"]),
    ),
  ),
  tolerated(
    "the older spelling of the label",
    where(isLabelled("0.3"), set(LABEL, LABELS["0.3, older"])),
  ),
  refused(
    "version 0.1, a chain, and no proof",
    ["log-inclusion"],
    where(
      (bundle) => hasProof(bundle) && hasPromise(bundle) && !isIntotoOf2023(bundle),
      (bundle, base) => {
        const path = leafPath(bundle);
        const lowered = both(set(LABEL, LABELS["0.1"]), NO_PROOF)(bundle, base);
        if (lowered === undefined || path === undefined || hasChain(bundle)) return lowered;
        const certificates: Json = [{ rawBytes: at(bundle, path) ?? null }];
        const moved = put(lowered, [...MATERIAL, "x509CertificateChain"], { certificates });
        return put(moved, [...MATERIAL, "certificate"], undefined) as JsonObject;
      },
    ),
  ),
  tolerated(
    "the proof of a promised intoto entry of before 2024 taken out",
    where(
      (bundle) => hasProof(bundle) && hasPromise(bundle) && isIntotoOf2023(bundle),
      both(set(LABEL, LABELS["0.1"]), NO_PROOF),
    ),
  ),
];
