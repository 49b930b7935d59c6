import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { label, type PackageRef } from "../../model/package-ref.ts";
import { Gauge } from "../../platform/gauge.ts";
import type { ClientContext } from "./client.ts";
import { readYarnLock, sourceOf, type LockEntry } from "./yarn-lock.ts";

/** How many packages are asked for at once; the gate has a bound of its own for examinations. */
const ASKED_AT_ONCE_MAX = 32;

/**
 * yarn 1 fetches what its lockfile names from the very address written there, so all of it is judged
 * beforehand and laid into a folder where yarn looks first ("offline mirror").
 *
 * @returns why yarn must not start, or undefined when everything was admitted
 */
export async function fillMirror(
  lockText: string,
  folder: string,
  context: Pick<ClientContext, "admit" | "policy">,
): Promise<string | undefined> {
  await mkdir(folder, { recursive: true });
  const wanted = new Map<string, PackageRef>();
  for (const entry of readYarnLock(lockText)) {
    const source = sourceOf(entry);
    if (source.kind !== "registry") {
      const refusal = refusalOf(entry, source.kind, context);
      if (refusal !== undefined) return refusal;
      continue;
    }
    const other = wanted.get(source.mirrorFile) ?? source.ref;
    if (label(other) !== label(source.ref)) return clash(source.ref, other);
    wanted.set(source.mirrorFile, source.ref);
  }
  const slots = new Gauge(ASKED_AT_ONCE_MAX);
  const refusals = await Promise.all(
    [...wanted].map(([file, ref]) =>
      slots.run(1, () => layInto(join(folder, file), ref, context.admit)),
    ),
  );
  return refusals.find((refusal) => refusal !== undefined);
}

async function layInto(
  path: string,
  ref: PackageRef,
  admit: ClientContext["admit"],
): Promise<string | undefined> {
  const admission = await admit(ref);
  if (admission.state === "refused") return admission.sentence;
  if (admission.state === "absent") {
    return `yarn.lock names ${label(ref)}, which is not in the registry.`;
  }
  await writeFile(path, admission.bytes, { flag: "wx" });
  return undefined;
}

function refusalOf(
  { pattern, resolved }: LockEntry,
  kind: "git" | "remote" | "file",
  { policy }: Pick<ClientContext, "policy">,
): string | undefined {
  if (kind === "file" || policy.dependencies[kind] === "allow") return undefined;
  return `yarn.lock takes ${pattern} from ${resolved}, which is no registry, so nothing could be examined. If that is what you want, say ${kind} = "allow" under [dependencies] in veln.toml.`;
}

function clash(one: PackageRef, other: PackageRef): string {
  return `yarn.lock names ${label(one)} and ${label(other)} by one file name, which yarn 1 could mix up.`;
}
