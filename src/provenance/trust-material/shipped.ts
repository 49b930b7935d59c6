import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Repository } from "./repository.ts";

/** Trust that needs no network: Sigstore's public-good instance, and the public npm registry's keys. */
export interface Shipped {
  /** Where newer ones come from. */
  readonly repository: Repository;
  readonly trustRoot: Buffer;
  readonly keys: Buffer;
}

/** `seeds.json` of `@sigstore/tuf`: for each mirror a TUF root and targets, in base64. */
type Seeds = Readonly<
  Record<
    string,
    { readonly "root.json": string; readonly targets: Readonly<Record<string, string>> }
  >
>;

const require = createRequire(import.meta.url);

/** Only the one JSON file of the package is loaded; its code wants the network for everything. */
export function loadShipped(): Shipped {
  const path = require.resolve("@sigstore/tuf/seeds.json");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a pinned dependency, and tested
  const seeds = JSON.parse(readFileSync(path, "utf8")) as Seeds;
  return shippedIn(seeds);
}

function shippedIn(seeds: Seeds): Shipped {
  const [seed, ...others] = Object.entries(seeds);
  if (seed === undefined || others.length > 0) throw new Error("the seeds are not of one mirror");
  const [mirror, { "root.json": root, targets }] = seed;
  // Names of targets are percent-encoded: a slash is part of them.
  const named = new Map(
    Object.entries(targets).map(([name, text]) => [decodeURIComponent(name), bytesOf(text)]),
  );
  const keysTarget = [...named.keys()].find((name) => name.endsWith("/keys.json"));
  const keys = named.get(keysTarget ?? "");
  const trustRoot = named.get("trusted_root.json");
  if (keysTarget === undefined || keys === undefined || trustRoot === undefined) {
    throw new Error("the seeds lack a target");
  }
  const repository = { mirror: mirror.replace(/\/$/, ""), root: bytesOf(root), keysTarget };
  return { repository, trustRoot, keys };
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, "base64");
}
