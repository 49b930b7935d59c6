import { Failure } from "../model/failure.ts";
import { label, type PackageRef } from "../model/package-ref.ts";
import type { NetworkAnswer } from "../platform/network.ts";
import { askPatiently, type Asker } from "./asking.ts";
import { codingOf, decode, readBytes } from "./body.ts";
import { registryFor } from "./npm-config.ts";
import type { RegistryOptions } from "./registry.ts";

const ATTESTATIONS_BOUND = { name: "ATTESTATIONS_BYTES_MAX", bytes: 8 * 1024 * 1024 };

/**
 * Asks for `/-/npm/v1/attestations/<name>@<version>` below the registry in use. The address that a
 * packument advertises is never asked: it could name any host.
 */
export async function fetchAttestations(
  asker: Asker,
  ref: PackageRef,
  options: RegistryOptions,
): Promise<string | undefined> {
  const registry = registryFor(asker.config, ref.name);
  const name = ref.name.replace("/", "%2f");
  const path = `-/npm/v1/attestations/${name}@${encodeURIComponent(ref.version)}`;
  const question = {
    url: new URL(path, registry),
    registry,
    method: "GET",
    headers: {
      accept: "application/json",
      "accept-encoding": "gzip, br, deflate",
      "user-agent": asker.config.userAgent,
    },
    signal: options.signal,
  };
  return askPatiently(asker, question, (answer, url) => receive(answer, url, ref));
}

async function receive(
  answer: NetworkAnswer,
  url: URL,
  ref: PackageRef,
): Promise<string | undefined> {
  if (answer.status === 200) {
    const bytes = await readBytes(answer, url, ATTESTATIONS_BOUND);
    const decoded = await decode(bytes, codingOf(answer, url), url, ATTESTATIONS_BOUND);
    return Buffer.from(decoded).toString("utf8");
  }
  await answer.discard();
  if (answer.status === 404 || answer.status === 410) return undefined;
  throw new Failure(
    "bad-metadata",
    `${url.host} answered ${String(answer.status)} when asked for the attestations of ${label(ref)}.`,
    { package: label(ref), url: url.href, status: answer.status },
  );
}
