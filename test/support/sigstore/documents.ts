import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Packument } from "../../../src/acquire/packument.ts";
import type { Json, JsonObject } from "../../../src/model/canonical.ts";
import { npmRef, type PackageRef } from "../../../src/model/package-ref.ts";
import type { Release } from "../../../src/model/release.ts";
import type { Subject } from "../../../src/provenance/attestations.ts";
import { parseRegistryKeys, type RegistryKeys } from "../../../src/provenance/registry-keys.ts";
import {
  materialFrom,
  type TrustMaterial,
} from "../../../src/provenance/trust-material/material.ts";
import { parseTrustRoot } from "../../../src/provenance/trust-root.ts";
import type { Trust } from "../../../src/provenance/verify-bundle.ts";
import { genuineText, hasGenuine } from "./bases.ts";
import type { Box } from "./box.ts";
import { RELEASED, type Released } from "./statements.ts";

const NPM = fileURLToPath(new URL("../../../../shared/sigstore/npm/", import.meta.url));

/** A genuine answer of the attestations endpoint, with the tarball that it is about. */
export interface GenuineDocument {
  /** Without folder and endings. */
  readonly name: string;
  readonly text: string;
  readonly subject: Subject;
  /** What of it somebody damaged. */
  readonly damaged: "provenance" | "publish" | undefined;
}

export function genuineDocuments(): readonly GenuineDocument[] {
  if (!hasGenuine) return [];
  const files = readdirSync(NPM).filter((file) => /(?:tgz|attestations)\.json$/.test(file));
  return files.sort().map((file) => {
    const text = readFileSync(`${NPM}${file}`, "utf8");
    const tarball = file.endsWith(".tgz.json") ? file.slice(0, -5) : file.replace(/json$/, "tgz");
    const sha512 = createHash("sha512")
      .update(readFileSync(`${NPM}${tarball}`))
      .digest("hex");
    return {
      name: file.replace(/^.*?__/, "").replace(/(?:\.tgz)?\.json$/, ""),
      text,
      subject: { ref: refIn(text), sha512 },
      damaged: file.includes("invalidsigprov")
        ? "provenance"
        : file.includes("invalidsigpub")
          ? "publish"
          : undefined,
    };
  });
}

interface Document {
  readonly attestations: readonly {
    readonly bundle: { readonly dsseEnvelope: { readonly payload: string } };
  }[];
}

interface Predicated {
  readonly subject: readonly [{ readonly name: string }];
}

/** The name of the first statement's subject: nothing of it is damaged. */
function refIn(text: string): PackageRef {
  const [first] = (JSON.parse(text) as Document).attestations;
  const payload = Buffer.from(first?.bundle.dsseEnvelope.payload ?? "", "base64").toString("utf8");
  const purl = decodeURIComponent((JSON.parse(payload) as Predicated).subject[0].name);
  const [, name = "", version = ""] = /^pkg:npm\/(.+)@([^@]+)$/.exec(purl) ?? [];
  return npmRef(name, version);
}

export function genuineTrust(): Trust {
  const keys = genuineRegistryKeys();
  const root = parseTrustRoot(genuineText("trusted_root.production.json"));
  return { root, keyFor: (hint) => keys.keyFor("npm:attestations", hint) };
}

export function genuineRegistryKeys(): RegistryKeys {
  return parseRegistryKeys(genuineText("npm-keys.json"));
}

export function genuineMaterial(): TrustMaterial {
  return materialFrom(
    {
      trustRoot: Buffer.from(genuineText("trusted_root.production.json")),
      keys: Buffer.from(genuineText("npm-keys.json")),
    },
    { kind: "shipped" },
  );
}

export function materialOf({ keysTarget, trustRoot }: Box): TrustMaterial {
  return materialFrom(
    { trustRoot: Buffer.from(trustRoot), keys: Buffer.from(keysTarget) },
    { kind: "file" },
  );
}

export interface GenuineSignature {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export function genuineSignatures(): readonly GenuineSignature[] {
  if (!hasGenuine) return [];
  return JSON.parse(genuineText("npm/dist-signatures.json")) as readonly GenuineSignature[];
}

/** The attestations endpoint's answer. */
export function attestationsText(
  ...attestations: readonly (readonly [predicateType: Json, bundle: Json])[]
): string {
  const list = attestations.map(([predicateType, bundle]) => ({ predicateType, bundle }));
  return JSON.stringify({ attestations: list });
}

export function trustOf(box: Box): Trust {
  const keys = parseRegistryKeys(box.keysTarget);
  const root = parseTrustRoot(box.trustRoot);
  return { root, keyFor: (hint) => keys.keyFor("npm:attestations", hint) };
}

export const SUBJECT: Subject = {
  ref: npmRef(RELEASED.name, RELEASED.version),
  sha512: RELEASED.sha512,
};

/** What of a version's entry in the registry's document a test wants. */
export interface EntryParts {
  /** Laid over tarball and integrity; null takes a member away. */
  readonly dist?: JsonObject;
  readonly user?: JsonObject;
  readonly publishedAt?: string;
  /** What the document has of another version. */
  readonly otherDist?: JsonObject;
}

/** The registry's document about the version, with nothing in it that vouches for it. */
export function packumentOf(parts: EntryParts = {}, released: Released = RELEASED): Packument {
  const { name, version } = released;
  const dist = { tarball: "https://registry.invalid/x.tgz", integrity: integrityOf(released) };
  const other = { ...dist, integrity: integrityOf({ ...released, sha512: "0".repeat(128) }) };
  return Packument.of(name, {
    name,
    "dist-tags": { latest: version },
    versions: {
      [version]: { name, version, dist: { ...dist, ...parts.dist }, _npmUser: parts.user ?? null },
      "0.0.1": { name, version: "0.0.1", dist: { ...other, ...parts.otherDist } },
    },
    time: parts.publishedAt === undefined ? {} : { [version]: parts.publishedAt },
  });
}

export function releaseOf(parts: EntryParts = {}, released: Released = RELEASED): Release {
  const release = packumentOf(parts, released).release(released.version);
  if (release === undefined) throw new Error("the fixture is broken");
  return release;
}

export function integrityOf({ sha512 }: Pick<Released, "sha512">): string {
  return `sha512-${Buffer.from(sha512, "hex").toString("base64")}`;
}
