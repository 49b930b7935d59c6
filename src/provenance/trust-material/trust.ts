import { Failure, isFailure } from "../../model/failure.ts";
import type { RegistryTrust, TrustSource } from "../../model/policy.ts";
import { printable } from "../../model/printable.ts";
import { registryUrl } from "../../model/registry-url.ts";
import type { ConfigFiles } from "../../platform/config-files.ts";
import { materialFrom, type TrustMaterial } from "./material.ts";
import type { Repository } from "./repository.ts";
import { freshestMaterial, type RefreshDeps } from "./refresh.ts";
import { loadShipped, type Shipped } from "./shipped.ts";

export type { TrustMaterial } from "./material.ts";

/** Where a registry's trust comes from: the policy's word, or the public-good material. */
export interface Trust {
  /**
   * Asked for anything it may take as long as one refresh; what was found is good for an hour.
   * @throws Failure when the policy names trust for this registry that cannot be had. The public
   * material never takes its place.
   */
  forRegistry(baseUrl: string): Promise<TrustMaterial>;
}

export interface TrustOptions extends Omit<RefreshDeps, "timeoutMs" | "waits"> {
  /** As the policy says. */
  readonly registries: readonly RegistryTrust[];
  /** Reads the files that the policy names. */
  readonly configFiles: ConfigFiles;
  readonly timeoutMs?: number;
  /** True unless somebody else refreshes meanwhile. */
  readonly waits?: boolean;
  /** What Veln comes with, unless a test says otherwise. */
  readonly shipped?: Shipped;
}

const REFRESH_TIMEOUT_MS = 5000;
/** A gate may run for weeks. */
const REMEMBERED_MS = 60 * 60 * 1000;
const PUBLIC = "";

export function openTrust(options: TrustOptions): Trust {
  const { timeoutMs = REFRESH_TIMEOUT_MS, waits = true } = options;
  const deps: RefreshDeps = { ...options, timeoutMs, waits };
  const byRegistry = new Map(options.registries.map((entry) => [entry.registry, entry.source]));
  const found = new Map<string, { readonly untilMs: number; material: Promise<TrustMaterial> }>();
  return {
    forRegistry: async (baseUrl) => {
      const registry = registryUrl(baseUrl) ?? PUBLIC;
      const source = byRegistry.get(registry);
      const key = source === undefined ? PUBLIC : registry;
      const known = found.get(key);
      if (known !== undefined && options.clock() < known.untilMs) return known.material;
      const material =
        source === undefined
          ? publicMaterial(options.shipped, deps)
          : privateMaterial(registry, source, options.configFiles, deps);
      found.set(key, { untilMs: options.clock() + REMEMBERED_MS, material });
      return material;
    },
  };
}

async function publicMaterial(
  given: Shipped | undefined,
  deps: RefreshDeps,
): Promise<TrustMaterial> {
  const shipped = given ?? loadShipped();
  return freshestMaterial(shipped.repository, shipped, deps);
}

async function privateMaterial(
  registry: string,
  source: TrustSource,
  configFiles: ConfigFiles,
  deps: RefreshDeps,
): Promise<TrustMaterial> {
  if (source.kind === "files") return fileMaterial(registry, source, configFiles);
  const repository: Repository = {
    mirror: source.mirror,
    root: bytesAt(source.root, registry, configFiles),
    keysTarget: keysTargetOf(registry),
  };
  return freshestMaterial(repository, undefined, deps);
}

function fileMaterial(
  registry: string,
  { trustRoot, keys }: TrustSource & { readonly kind: "files" },
  configFiles: ConfigFiles,
): TrustMaterial {
  const bytes = {
    trustRoot: bytesAt(trustRoot, registry, configFiles),
    keys: keys === undefined ? undefined : bytesAt(keys, registry, configFiles),
  };
  try {
    return materialFrom(bytes, { kind: "file" });
  } catch (error) {
    if (!isFailure(error)) throw error;
    const message = `Of what the policy trusts for ${printable(registry)}: ${error.message}`;
    throw new Failure("bad-config", message, { url: registry }, error);
  }
}

function bytesAt(path: string, registry: string, configFiles: ConfigFiles): Buffer {
  const text = configFiles.read(path);
  if (text !== undefined) return Buffer.from(text);
  const message = `${printable(path)}, which the policy trusts for ${printable(registry)}, cannot be read.`;
  throw new Failure("bad-config", message, { path });
}

/** As npm names it: after the registry, without its scheme. */
function keysTargetOf(registry: string): string {
  const { host, pathname } = new URL(registry);
  return `${host}${pathname}keys.json`;
}
