import { NO_KEYS, parseRegistryKeys, type RegistryKeys } from "../registry-keys.ts";
import { parseTrustRoot, type TrustRoot } from "../trust-root.ts";

/** Whose signatures count for one registry. */
export interface TrustMaterial {
  readonly root: TrustRoot;
  /** None for a registry whose keys nobody vouches for. */
  readonly keys: RegistryKeys;
  readonly origin: TrustOrigin;
}

export interface TrustOrigin {
  /** With Veln, from a mirror, or from a file that the policy names. */
  readonly kind: "shipped" | "refreshed" | "file";
  /** When it was refreshed; ms since 1970. */
  readonly asOfMs?: number;
  /** Why it is not newer, or what else is wrong with it: sentences for people; printable. */
  readonly note?: string;
}

/** @throws Failure "bad-config", "bad-metadata" */
export function materialFrom(
  { trustRoot, keys }: { readonly trustRoot: Uint8Array; readonly keys: Uint8Array | undefined },
  origin: TrustOrigin,
): TrustMaterial {
  return {
    root: parseTrustRoot(textOf(trustRoot)),
    keys: keys === undefined ? NO_KEYS : parseRegistryKeys(textOf(keys)),
    origin,
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
