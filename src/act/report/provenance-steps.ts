import type { RefusalCause, Step } from "../../model/provenance.ts";

/** What it means when a verification stops at a step, and what to do. One sentence or two. */
export const MEANING_OF_STEP: Readonly<Record<Step, string>> = {
  bundle:
    "The attestation is not in the form that Sigstore defines, so nothing in it was believed. A download that was cut short looks like this, and so does a forgery.",
  "trust-root":
    "The list of trusted authorities cannot be used. Refresh it, or correct the file that the policy names.",
  certificate:
    "The signing certificate is malformed or not meant for signing code. No honest build produces one.",
  "certificate-chain":
    "The signing certificate was not issued by a trusted authority, or was used outside its ten minutes.",
  "certificate-transparency":
    "No certificate log vouches for the certificate: it may have been issued in secret.",
  "log-entry":
    "What the public log recorded is about another signature, so the log does not vouch for this one.",
  "log-promise": "The log never promised to record this signature at this time.",
  "log-inclusion": "The signature is not shown to be in the public log.",
  "log-checkpoint": "The head of the public log is not one that the log signed.",
  timestamp: "Nobody trusted vouches for the time of signing.",
  "public-key":
    "It is signed with a key that is not the registry's, or with one that was out of use by then.",
  signature: "The statement was altered after it was signed, or signed by somebody else.",
  artifact:
    "The statement is about other bytes than these: one of the two was exchanged. Do not install it.",
  identity: "It was signed by somebody who is no trusted build service.",
  statement: "What was signed says nothing about a package that can be understood.",
  agreement:
    "The statement, which the build writes itself, contradicts the certificate, which it cannot write.",
  "registry-signature":
    "The registry's signature does not fit this name, version and digest: something between you and the registry altered them.",
};

/** What a cause adds to the step. */
export const MEANING_OF_CAUSE: Readonly<Record<RefusalCause, string | undefined>> = {
  false: undefined,
  untrusted: "It may be that the list of trusted authorities is too old to know it.",
  unsupported: "A newer Veln may be able to read it.",
};
