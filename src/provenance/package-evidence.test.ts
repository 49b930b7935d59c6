import { describe, expect, it } from "vitest";
import { hasGenuine } from "../../test/support/sigstore/bases.ts";
import { createBox } from "../../test/support/sigstore/box.ts";
import {
  attestationsText,
  genuineDocuments,
  genuineMaterial,
  genuineSignatures,
  integrityOf,
  materialOf,
  packumentOf,
  type EntryParts,
} from "../../test/support/sigstore/documents.ts";
import { github, registryKey } from "../../test/support/sigstore/signers.ts";
import {
  githubProvenance,
  publishStatement,
  RELEASED,
  type Released,
} from "../../test/support/sigstore/statements.ts";
import type { JsonObject } from "../model/canonical.ts";
import { Failure } from "../model/failure.ts";
import { label } from "../model/package-ref.ts";
import type { PackageEvidence } from "../model/provenance.ts";
import {
  gatherEarlierEvidence,
  gatherEvidence,
  type EvidenceQuestion,
  type EvidenceSources,
} from "./package-evidence.ts";

const BOX = createBox();
const MATERIAL = materialOf(BOX);
const RULES = { anyIssuer: false };
const PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";
const PROVENANCE = "https://slsa.dev/provenance/v1";

const SIGNATURE = BOX.signRelease({ ...RELEASED, integrity: integrityOf(RELEASED) });
const CLAIM = { url: "https://elsewhere.invalid/", provenance: { predicateType: PROVENANCE } };
const WHOLE: EntryParts = { dist: { signatures: [SIGNATURE], attestations: CLAIM } };

function documentAbout(released: Released = RELEASED): string {
  return attestationsText(
    [PUBLISH, BOX.attest({ statement: publishStatement(released), signer: registryKey() })],
    [PROVENANCE, BOX.attest({ statement: githubProvenance(released), signer: github() })],
  );
}

const DOCUMENT = documentAbout();

function questionAbout(
  parts: EntryParts,
  sha512: string | undefined = RELEASED.sha512,
  released: Released = RELEASED,
): EvidenceQuestion {
  const packument = packumentOf(parts, released);
  const release = packument.release(released.version);
  if (release === undefined) throw new Error("the fixture is broken");
  return { release, isSigned: packument.isSigned, sha512, rules: RULES };
}

type Answer = string | Failure | undefined;

interface Asked {
  readonly sources: EvidenceSources;
  /** In order: "trust", or the version whose attestations were fetched. */
  readonly asked: string[];
}

/** @param answers by `name@version`, or one for all */
function sourcesWith(answers: Answer | Readonly<Record<string, Answer>>): Asked {
  const asked: string[] = [];
  const answerFor = (key: string): Answer =>
    answers instanceof Failure || typeof answers !== "object" ? answers : answers[key];
  return {
    asked,
    sources: {
      trust: async () => {
        asked.push("trust");
        return MATERIAL;
      },
      fetchAttestations: async (ref) => {
        asked.push(label(ref));
        const answer = answerFor(label(ref));
        if (answer instanceof Failure) throw answer;
        return answer;
      },
    },
  };
}

/** @param answer null for 404 */
async function gather(
  parts: EntryParts,
  answer: string | Failure | null = DOCUMENT,
  sha512?: string,
): Promise<{ readonly evidence: PackageEvidence; readonly asked: readonly string[] }> {
  const { asked, sources } = sourcesWith(answer ?? undefined);
  return { evidence: await gatherEvidence(questionAbout(parts, sha512), sources), asked };
}

/** State and, where there is one, step or reason of each part. */
function shown({ provenance, publish, registrySignature }: PackageEvidence): unknown {
  return [registrySignature, publish, provenance].map((part) => {
    if (part.state === "failed") return `${part.state} ${part.step}, ${part.cause}`;
    return part.state === "unknown" ? `${part.state}: ${part.why}` : part.state;
  });
}

const LEFT_OUT = "unknown: the registry leaves out signatures and attestations";
const HELD_BACK = "failed bundle, untrusted";

describe("gatherEvidence", () => {
  it("verifies all that the registry claims to have", async () => {
    const { asked, evidence } = await gather({
      ...WHOLE,
      user: { name: "ci", trustedPublisher: { id: "github" } },
    });
    expect(shown(evidence)).toEqual(["verified", "verified", "verified"]);
    expect([evidence.trustedPublisher, asked]).toEqual(["github", ["trust", "@acme/widget@1.2.3"]]);
  });

  it("asks nobody where the registry claims nothing", async () => {
    const bare = await gather({ otherDist: WHOLE.dist ?? {} });
    expect([shown(bare.evidence), bare.asked]).toEqual([["absent", "absent", "absent"], []]);
    const mirror = await gather({});
    expect([shown(mirror.evidence), mirror.asked]).toEqual([[LEFT_OUT, LEFT_OUT, LEFT_OUT], []]);
  });

  it("asks for no attestations that the registry does not claim to have", async () => {
    const { asked, evidence } = await gather({ dist: { signatures: [SIGNATURE] } });
    expect([shown(evidence), asked]).toEqual([["verified", "absent", "absent"], ["trust"]]);
  });

  it("verifies attestations of a registry that signs nothing itself", async () => {
    const { evidence } = await gather({ dist: { attestations: CLAIM } });
    expect(shown(evidence)).toEqual(["absent", "verified", "verified"]);
  });

  it.each<[string, string | null]>([
    ["404", null],
    ["an empty list", attestationsText()],
  ])("takes what is claimed and held back for no absence: %s", async (_, answer) => {
    const { evidence } = await gather(WHOLE, answer);
    expect(evidence).toMatchObject({
      publish: {
        state: "failed",
        step: "bundle",
        cause: "untrusted",
        why: "The registry claims to have attestations, and does not hand them out.",
      },
    });
    expect(shown(evidence)).toEqual(["verified", HELD_BACK, HELD_BACK]);
  });

  it("misses provenance that is claimed, beside a publish attestation", async () => {
    const published = BOX.attest({ statement: publishStatement(), signer: registryKey() });
    const answer = attestationsText([PUBLISH, published]);
    expect(shown((await gather(WHOLE, answer)).evidence)).toEqual([
      "verified",
      "verified",
      HELD_BACK,
    ]);
    const unclaimed = { dist: { signatures: [SIGNATURE], attestations: { url: "x" } } };
    expect(shown((await gather(unclaimed, answer)).evidence)).toEqual([
      "verified",
      "verified",
      "absent",
    ]);
  });

  it("does not know what could not be asked, and says why", async () => {
    const failure = new Failure("upstream-unavailable", "registry.invalid answered 503.");
    expect(shown((await gather(WHOLE, failure)).evidence)).toEqual([
      "verified",
      "unknown: registry.invalid answered 503.",
      "unknown: registry.invalid answered 503.",
    ]);
  });

  it("takes each key for what it is listed for", async () => {
    const { keys } = JSON.parse(BOX.keysTarget) as {
      readonly keys: readonly { readonly keyUsage: string }[];
    };
    const cameOf = async (usage: string): Promise<unknown> => {
      const listed = keys.filter(({ keyUsage }) => keyUsage === usage);
      const material = materialOf({ ...BOX, keysTarget: JSON.stringify({ keys: listed }) });
      const sources: EvidenceSources = {
        trust: () => Promise.resolve(material),
        fetchAttestations: () => Promise.resolve(DOCUMENT),
      };
      return shown(await gatherEvidence(questionAbout(WHOLE), sources));
    };
    const untrusted = "failed public-key, untrusted";
    expect(await cameOf("npm:signatures")).toEqual(["verified", untrusted, "verified"]);
    expect(await cameOf("npm:attestations")).toEqual([untrusted, "verified", "verified"]);
  });

  it("throws what is no operating error", async () => {
    const sources: EvidenceSources = {
      trust: () => Promise.resolve(MATERIAL),
      fetchAttestations: () => Promise.reject(new TypeError("a mistake of ours")),
    };
    await expect(gatherEvidence(questionAbout(WHOLE), sources)).rejects.toThrow(TypeError);
  });

  it("throws where the policy's trust cannot be had", async () => {
    const failure = new Failure("bad-config", "keys.json cannot be read.");
    const sources: EvidenceSources = {
      trust: () => Promise.reject(failure),
      fetchAttestations: () => Promise.resolve(DOCUMENT),
    };
    await expect(gatherEvidence(questionAbout(WHOLE), sources)).rejects.toBe(failure);
  });
});

describe("evidence is about the bytes in hand", () => {
  const OTHER = "f".repeat(128);

  it("and fails for others", async () => {
    const { evidence } = await gather(WHOLE, DOCUMENT, OTHER);
    expect(evidence.registrySignature).toEqual({
      state: "failed",
      step: "artifact",
      cause: "false",
      why: "The registry's signature is for other bytes than these.",
    });
    expect(shown(evidence)).toEqual(Array(3).fill("failed artifact, false"));
  });

  it("fails also where the registry says that it has just these bytes, but attests others", async () => {
    const integrity = integrityOf({ sha512: OTHER });
    const signatures = [BOX.signRelease({ ...RELEASED, integrity })];
    const { evidence } = await gather(
      { dist: { integrity, signatures, attestations: CLAIM } },
      DOCUMENT,
      OTHER,
    );
    expect(shown(evidence)).toEqual([
      "verified",
      "failed artifact, false",
      "failed artifact, false",
    ]);
  });

  it("or, without bytes, about those that the registry names", async () => {
    const { sources } = sourcesWith(DOCUMENT);
    const question = { ...questionAbout(WHOLE), sha512: undefined };
    expect(shown(await gatherEvidence(question, sources))).toEqual(Array(3).fill("verified"));
  });

  it("and about none where neither names a sha512", async () => {
    const { asked, sources } = sourcesWith(DOCUMENT);
    const parts = { dist: { attestations: CLAIM, integrity: null, shasum: "0".repeat(40) } };
    const question = { ...questionAbout(parts), sha512: undefined };
    const why = "unknown: the registry names no sha512 of this version";
    expect(shown(await gatherEvidence(question, sources))).toEqual(["absent", why, why]);
    expect(asked).toEqual(["trust"]);
  });

  it("and not about another version whose answer was served", async () => {
    const other = documentAbout({ ...RELEASED, version: "1.2.2" });
    expect(shown((await gather(WHOLE, other)).evidence)).toEqual([
      "verified",
      "failed artifact, false",
      "failed artifact, false",
    ]);
  });
});

describe("gatherEarlierEvidence", () => {
  const older = (version: string): Released => ({ ...RELEASED, version });
  const claiming = (version: string): EvidenceQuestion =>
    questionAbout({ dist: { attestations: CLAIM } }, undefined, older(version));
  const silent = (version: string): EvidenceQuestion =>
    questionAbout({ otherDist: WHOLE.dist ?? {} }, undefined, older(version));
  const earlier = [silent("1.2.2"), claiming("1.2.1"), claiming("1.2.0")];
  const answers = {
    "@acme/widget@1.2.1": documentAbout(older("1.2.1")),
    "@acme/widget@1.2.0": documentAbout(older("1.2.0")),
  };
  const versionsOf = async (own: JsonObject): Promise<unknown> => {
    const { evidence } = await gather({ dist: own });
    const { asked, sources } = sourcesWith(answers);
    const found = await gatherEarlierEvidence(evidence, earlier, sources);
    return [
      found.map(({ version, evidence: of }) => [version, of.provenance.state]),
      asked.filter((what) => what !== "trust"),
    ];
  };

  it("asks for the newest that claims to be proven, where the version itself is", async () => {
    expect(await versionsOf({ attestations: CLAIM })).toEqual([
      [
        ["1.2.1", "verified"],
        ["1.2.2", "absent"],
      ],
      ["@acme/widget@1.2.1"],
    ]);
  });

  it("asks for all that claim to be, where it is not", async () => {
    expect(await versionsOf({ signatures: [SIGNATURE] })).toEqual([
      [
        ["1.2.1", "verified"],
        ["1.2.0", "verified"],
        ["1.2.2", "absent"],
      ],
      ["@acme/widget@1.2.1", "@acme/widget@1.2.0"],
    ]);
  });
});

describe.skipIf(!hasGenuine)("a genuine version (../shared/sigstore)", () => {
  it("verifies whole", async () => {
    const given = genuineSignatures().find(({ name }) => name === "sigstore");
    const document = genuineDocuments().find(
      ({ subject: { ref } }) => label(ref) === "sigstore@1.0.0",
    );
    if (given === undefined || document === undefined) throw new Error("the data is incomplete");
    const { name, version, integrity, signatures } = given;
    const dist = { integrity, signatures: [...signatures], attestations: CLAIM };
    const question = questionAbout(
      { dist, publishedAt: "2023-02-09T23:00:00.000Z" },
      document.subject.sha512,
      { name, version, sha512: document.subject.sha512 },
    );
    const evidence = await gatherEvidence(question, {
      trust: () => Promise.resolve(genuineMaterial()),
      fetchAttestations: () => Promise.resolve(document.text),
    });
    expect(shown(evidence)).toEqual(Array(3).fill("verified"));
  });
});
