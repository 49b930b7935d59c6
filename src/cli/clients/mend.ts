import { randomBytes } from "node:crypto";
import { readFile, realpath, rename, stat, unlink, writeFile } from "node:fs/promises";
import { parseRoute } from "../../act/gate/route.ts";
import type { PackageRef } from "../../model/package-ref.ts";
import type { ClientContext } from "./client.ts";

/** Undefined where the true address is not known; then the gate's is left, which leads nowhere. */
export type TrueAddress = (ref: PackageRef) => Promise<string | undefined>;

export interface Addresses {
  readonly gateUrl: string;
  /** What the client would have noted as its registry. */
  readonly registryUrl: string;
  readonly tarballUrl: TrueAddress;
}

/** Puts true addresses back into whichever of these files name the gate. */
export async function mendFiles(
  paths: readonly string[],
  context: Pick<ClientContext, "gateUrl" | "registry">,
): Promise<void> {
  const addresses = {
    gateUrl: context.gateUrl,
    registryUrl: context.registry.baseUrl(),
    tarballUrl: publishedAddress(context.registry),
  };
  for (const path of paths) await mendFile(path, addresses);
}

/** Where the registry's own document says a tarball is. */
export function publishedAddress(registry: ClientContext["registry"]): TrueAddress {
  return async ({ name, version }) =>
    (await registry.packument(name, { abbreviated: true, preferCached: true }))?.release(version)
      ?.tarballUrl;
}

export async function mendFile(path: string, addresses: Addresses): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const mended = await mendText(text, addresses);
  if (mended !== text) await replaceFile(path, mended);
}

/** Every address under the gate's origin, up to what cannot be part of one in JSON, YAML or yarn.lock. */
export async function mendText(text: string, addresses: Addresses): Promise<string> {
  const pieces = text.split(addresses.gateUrl);
  const mended = [pieces[0] ?? ""];
  for (const piece of pieces.slice(1)) {
    const path = /^[^\s"'#,}]*/.exec(piece)?.[0] ?? "";
    mended.push(await trueAddress(path, addresses), piece.slice(path.length));
  }
  return mended.join("");
}

async function trueAddress(path: string, addresses: Addresses): Promise<string> {
  if (path === "") return addresses.registryUrl;
  const route = parseRoute("GET", `/${path}`);
  const address = route.kind === "tarball" ? await addresses.tarballUrl(route.ref) : undefined;
  return address ?? `${addresses.gateUrl}${path}`;
}

/** By way of a second file and a rename: a crash leaves the old file or the new one, never half. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const fresh = `${target}.veln-${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(fresh, text, { mode, flag: "wx" });
    await rename(fresh, target);
  } catch (error) {
    await unlink(fresh).catch(() => undefined);
    throw error;
  }
}
