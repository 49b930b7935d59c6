import { dirname, join } from "node:path/posix";
import type { RegistryTrust, TrustSource } from "../model/policy.ts";
import { registryUrl } from "../model/registry-url.ts";
import { type Fields, readRecord, required } from "./policy-records.ts";
import { listOf, text, type ValueType } from "./policy-values.ts";
import { refuse } from "./toml.ts";

const KEY = "provenance.registries";
const PATH_LENGTH_MAX = 1000;
const URL_LENGTH_MAX = 1000;
const REGISTRIES_MAX = 100;

const BASE_URL: ValueType<string> = {
  wanted: 'an address such as "https://registry.example/", without credentials or query,',
  read: (node) =>
    node.kind === "text" && node.value.length <= URL_LENGTH_MAX
      ? registryUrl(node.value)
      : undefined,
};

/** Relative to the folder of the policy file that names it. */
const FILE: ValueType<string> = {
  wanted: "the path of a file",
  read(node) {
    const path = text(PATH_LENGTH_MAX).read(node);
    if (path === undefined || path.startsWith("/")) return path;
    return join(dirname(node.at.path), path);
  },
};

const ENTRY: ValueType<RegistryTrust> = {
  wanted: "a table with registry and either trust_root and keys, or tuf_mirror and tuf_root",
  read(node) {
    if (node.kind !== "table") return undefined;
    const names = ["registry", "trust_root", "keys", "tuf_mirror", "tuf_root"];
    const fields = readRecord(node, KEY, names);
    return { registry: required(fields, "registry", BASE_URL), source: sourceIn(fields) };
  },
};

function sourceIn(fields: Fields): TrustSource {
  const trustRoot = fields.get("trust_root", FILE);
  const keys = fields.get("keys", FILE);
  const mirror = fields.get("tuf_mirror", BASE_URL);
  const root = fields.get("tuf_root", FILE);
  const isFiles = trustRoot !== undefined || keys !== undefined;
  const isMirror = mirror !== undefined || root !== undefined;
  if (isFiles === isMirror) {
    const both = isFiles ? "both files and a mirror" : "neither trust_root nor tuf_mirror";
    return refuse(fields.at, `has an entry of ${KEY} with ${both}`, {
      wanted: "trust_root or tuf_mirror",
    });
  }
  if (isFiles) {
    return { kind: "files", trustRoot: required(fields, "trust_root", FILE), keys };
  }
  return {
    kind: "mirror",
    mirror: required(fields, "tuf_mirror", BASE_URL).replace(/\/$/, ""),
    root: required(fields, "tuf_root", FILE),
  };
}

const ENTRIES = listOf(ENTRY, REGISTRIES_MAX, KEY);

/** In one file, which of two entries for a registry counts is nobody's to guess. */
export const REGISTRY_TRUST: ValueType<readonly RegistryTrust[]> = {
  wanted: ENTRIES.wanted,
  read(node) {
    const entries = ENTRIES.read(node);
    const seen = new Set<string>();
    for (const [index, { registry }] of (entries ?? []).entries()) {
      const at = node.kind === "list" ? node.items[index]?.at : undefined;
      if (seen.has(registry)) refuse(at ?? node.at, `has two entries of ${KEY} for ${registry}`);
      seen.add(registry);
    }
    return entries;
  },
};

export function trustOfBoth(
  before: readonly RegistryTrust[],
  after: readonly RegistryTrust[],
): readonly RegistryTrust[] {
  const replaced = new Set(after.map(({ registry }) => registry));
  return [...before.filter(({ registry }) => !replaced.has(registry)), ...after];
}
