import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { capturedIo } from "../../test/support/io.ts";
import { GENUINE, hasGenuine } from "../../test/support/sigstore/bases.ts";
import { createBox } from "../../test/support/sigstore/box.ts";
import { at, put } from "../../test/support/sigstore/edit.ts";
import { email } from "../../test/support/sigstore/signers.ts";
import { runCli } from "../cli/cli.ts";
import type { Json, JsonObject } from "../model/canonical.ts";

/** sigstore-conformance, whose clients are asked for each case with a file and with its digest. */
const SUITE = `${GENUINE}conformance/`;
const IDENTITY =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER = "https://token.actions.githubusercontent.com";

const folders = hasGenuine
  ? readdirSync(SUITE, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  : [];

function artifactOf(folder: string): string {
  const own = `${SUITE}${folder}/artifact`;
  return existsSync(own) ? own : `${SUITE}a.txt`;
}

function digestOf(path: string): string {
  return `sha256:${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}

/** The suite's own order of arguments. */
function argumentsFor(folder: string, subject: string): readonly string[] {
  const path = `${SUITE}${folder}/`;
  const textOf = (name: string, otherwise: string): string =>
    existsSync(path + name) ? readFileSync(path + name, "utf8").trim() : otherwise;
  const who = existsSync(`${path}key.pub`)
    ? ["--key", `${path}key.pub`]
    : [
        "--certificate-identity",
        textOf("identity", IDENTITY),
        "--certificate-oidc-issuer",
        textOf("issuer", ISSUER),
      ];
  const root = existsSync(`${path}trusted_root.json`)
    ? ["--trusted-root", `${path}trusted_root.json`]
    : [];
  return ["verify-bundle", "--bundle", `${path}bundle.sigstore.json`, ...who, ...root, subject];
}

const TOKEN = [
  ...["verificationMaterial", "timestampVerificationData"],
  ...["rfc3161Timestamps", 0, "signedTimestamp"],
];

/** Exit status, and the step where a verification stopped. */
async function veln(...args: readonly string[]): Promise<string> {
  const io = capturedIo({ env: {}, cwd: SUITE });
  const code = await runCli(["provenance", ...args], io);
  const step = /^Not verified \(([a-z-]+)\)/.exec(io.said())?.[1];
  return [String(code), ...(step === undefined ? [] : [step])].join(" ");
}

/** Where each case that must fail stops; "2" is an input that is no key or no trust root. */
const STOPS: Readonly<Record<string, string>> = {
  "bundle-empty-certificate-chain_fail": "1 log-checkpoint",
  "bundle-from-wrong-instance_fail": "1 log-entry",
  "bundle-invalid-base64-signature_fail": "1 bundle",
  "bundle-malformed-json_fail": "1 bundle",
  "bundle-negative-log-index_fail": "1 bundle",
  "bundle-unknown-version_fail": "1 bundle",
  "bundle-with-root-cert_fail": "1 log-checkpoint",
  "checkpoint-bad-keyhint_fail": "1 log-checkpoint",
  "checkpoint-wrong-roothash_fail": "1 log-checkpoint",
  "dsse-invalid-sig_fail": "1 signature",
  "dsse-mismatch-envelope_fail": "1 log-entry",
  "dsse-mismatch-sig_fail": "1 log-entry",
  "inclusion-proof-corrupted-hash_fail": "1 log-inclusion",
  "incorrect-public-key_fail": "1 log-entry",
  "integrated-time-in-future_fail": "1 certificate-chain",
  "intoto-expired-certificate_fail": "1 certificate-chain",
  "intoto-log-entry-mismatch_fail": "1 log-entry",
  "intoto-missing-inclusion-proof_fail": "1 log-inclusion",
  "intoto-set-outside-signing-cert-validity_fail": "1 certificate-chain",
  "intoto-tsa-timestamp-outside-cert-validity_fail": "1 certificate-chain",
  "invalid-checkpoint-signature_fail": "1 log-checkpoint",
  "invalid-ct-key_fail": "1 certificate-transparency",
  "invalid-inclusion-proof_fail": "1 log-checkpoint",
  "managed-key-no-key_fail": "1 public-key",
  "managed-key-wrong-key_fail": "2",
  "message-digest-mismatch_fail": "1 artifact",
  "rekor2-checkpoint-missing-log-signature_fail": "1 log-checkpoint",
  "rekor2-checkpoint-missing-origin_fail": "1 log-checkpoint",
  "rekor2-checkpoint-missing-root-hash_fail": "1 log-checkpoint",
  "rekor2-checkpoint-missing-size_fail": "1 log-checkpoint",
  "rekor2-checkpoint-no-matching-signature_fail": "1 log-checkpoint",
  "rekor2-dsse-invalid-sig_fail": "1 signature",
  "rekor2-dsse-mismatch-envelope_fail": "1 log-entry",
  "rekor2-dsse-mismatch-sig_fail": "1 log-entry",
  "rekor2-no-inclusion-proof_fail": "1 log-inclusion",
  "rekor2-no-timestamp_fail": "1 timestamp",
  "rekor2-timestamp-outside-trust-root-tsa-validity_fail": "1 timestamp",
  "rekor2-timestamp-outside-tsa-cert-validity_fail": "1 timestamp",
  "rekor2-timestamp-payload-mismatch_fail": "1 timestamp",
  "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail": "1 timestamp",
  "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail": "1 timestamp",
  // Its base64 has line ends; without them, see below.
  "rekor2-timestamp-with-incorrect-time_fail": "1 bundle",
  "set-invalid-signature_fail": "1 log-promise",
  "signature-mismatch_fail": "1 signature",
  "trust-root-tlog-missing-validity-start_fail": "2",
  "wrong-hashedrekord-artifact_fail": "1 log-entry",
  "wrong-hashedrekord-cert-and-sig_fail": "1 log-entry",
  "wrong-hashedrekord-entry_fail": "1 log-entry",
  "wrong-material_fail": "1 artifact",
};

describe.skipIf(!hasGenuine)(
  "sigstore-conformance, with ../shared/sigstore beside the project",
  () => {
    it("has 70 cases, of which 49 must fail", () => {
      const failing = folders.filter((name) => name.endsWith("_fail"));
      expect([folders.length, failing]).toEqual([70, Object.keys(STOPS).sort()]);
    });

    it.each(folders)("%s, by file and by digest", async (folder) => {
      const artifact = artifactOf(folder);
      const wanted = folder.endsWith("_fail") ? STOPS[folder] : "0";
      expect([
        await veln(...argumentsFor(folder, artifact)),
        await veln(...argumentsFor(folder, digestOf(artifact))),
      ]).toEqual([wanted, wanted]);
    });

    // What the suite does not ask: its own score is the same for a client that reads no subject.
    it.each(folders.filter((name) => !name.endsWith("_fail")))(
      "%s is not about another file",
      async (folder) => {
        const other = `${SUITE}README.md`;
        const stops = [
          await veln(...argumentsFor(folder, other)),
          await veln(...argumentsFor(folder, digestOf(other))),
        ];
        expect(stops).toEqual(["1 artifact", "1 artifact"]);
      },
    );

    it.each([
      ["the beginning of the identity", ISSUER, IDENTITY.slice(0, -4)],
      ["a pattern for the identity", ISSUER, ".*"],
      ["another identity", ISSUER, IDENTITY.replace("main", "next")],
      ["another issuer", "https://accounts.example.invalid", IDENTITY],
      ["the beginning of the issuer", ISSUER.slice(0, -1), IDENTITY],
    ])("takes the signer to the letter: %s", async (_, issuer, identity) => {
      const args = argumentsFor("happy-path-v0.3", artifactOf("happy-path-v0.3"));
      const named = args.map((arg) =>
        arg === IDENTITY ? identity : arg === ISSUER ? issuer : arg,
      );
      expect(await veln(...named)).toBe("1 identity");
    });
  },
);

describe("veln provenance verify-bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "veln-conformance-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const box = createBox();
  const person = "someone@example.invalid";
  const file = Buffer.from("what was built");
  const sha256 = createHash("sha256").update(file).digest("hex");
  const sha512 = createHash("sha512").update(file).digest("hex");

  async function verify(bundle: JsonObject, subject: string): Promise<string> {
    writeFileSync(join(folder, "bundle.json"), JSON.stringify(bundle));
    writeFileSync(join(folder, "root.json"), box.trustRoot);
    writeFileSync(join(folder, "file"), file);
    return veln(
      ...["verify-bundle", "--bundle", join(folder, "bundle.json")],
      ...["--certificate-identity", person],
      ...["--certificate-oidc-issuer", "https://accounts.example.invalid"],
      ...["--trusted-root", join(folder, "root.json")],
      subject === "file" ? join(folder, "file") : subject,
    );
  }

  const about = (...subject: readonly Json[]): JsonObject => ({
    _type: "https://in-toto.io/Statement/v1",
    subject,
    predicateType: "https://example.invalid/predicate",
    predicate: {},
  });
  const named = (digest: Json): Json => ({ name: "file", digest });
  const attest = (statement: JsonObject | Uint8Array, payloadType?: string): JsonObject =>
    box.attest({
      statement,
      signer: email(person),
      ...(payloadType === undefined ? {} : { payloadType }),
    });

  const other = "0".repeat(64);
  const SUBJECTS: readonly (readonly [string, JsonObject, string, string])[] = [
    ["its SHA-256", attest(about(named({ sha256 }))), "0", "0"],
    [
      "its SHA-512, which a SHA-256 does not tell",
      attest(about(named({ sha512 }))),
      "0",
      "1 artifact",
    ],
    ["it and another", attest(about(named({ sha256: other }), named({ sha256 }))), "0", "0"],
    ["another", attest(about(named({ sha256: other }))), "1 artifact", "1 artifact"],
    [
      "its digest in capitals",
      attest(about(named({ sha256: sha256.toUpperCase() }))),
      "1 artifact",
      "1 artifact",
    ],
    [
      "its digest under another name",
      attest(about(named({ sha1: sha256 }))),
      "1 artifact",
      "1 artifact",
    ],
    ["nothing", attest(about()), "1 artifact", "1 artifact"],
    ["a subject without a digest", attest(about({ name: "file" })), "1 statement", "1 statement"],
    ["a statement that is no JSON", attest(Buffer.from("{")), "1 statement", "1 statement"],
    [
      "a payload that is no statement",
      attest(about(named({ sha256 })), "text/plain"),
      "1 statement",
      "1 statement",
    ],
  ];

  it.each(SUBJECTS)("reads what a statement is about: %s", async (_, bundle, byFile, byDigest) => {
    expect([await verify(bundle, "file"), await verify(bundle, `sha256:${sha256}`)]).toEqual([
      byFile,
      byDigest,
    ]);
  });

  it.skipIf(!hasGenuine)(
    "finds the suite's late timestamp late, its line ends taken out",
    async () => {
      const name = "rekor2-timestamp-with-incorrect-time_fail";
      const suite = readFileSync(`${SUITE}${name}/bundle.sigstore.json`, "utf8");
      const bundle = JSON.parse(suite) as JsonObject;
      const token = at(bundle, TOKEN);
      const joined = typeof token === "string" ? token.replaceAll("\n", "") : "";
      const path = join(folder, "bundle.json");
      writeFileSync(path, JSON.stringify(put(bundle, TOKEN, joined)));
      const args = argumentsFor(name, artifactOf(name));
      const changed = args.map((arg) => (arg.endsWith("bundle.sigstore.json") ? path : arg));
      expect(await veln(...changed)).toBe("1 certificate-chain");
    },
  );
});
