import { Failure, isFailure, messageOf } from "../../model/failure.ts";
import { printInstant } from "../../model/instant.ts";
import { printable } from "../../model/printable.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Files } from "../../platform/files.ts";
import type { Network } from "../../platform/network.ts";
import { systemCodeOf } from "../../platform/system-error.ts";
import { digestOf, openTrustCache, type Kept, type TrustCache } from "./cache.ts";
import { materialFrom, type TrustMaterial } from "./material.ts";
import { mirrorFetch } from "./mirror-fetch.ts";
import { proveFiles, refreshFiles, type Proven, type Repository } from "./repository.ts";
import type { Shipped } from "./shipped.ts";

export interface RefreshDeps {
  readonly files: Files;
  /** Of all mirrors. */
  readonly folder: string;
  readonly network: Network;
  readonly clock: Clock;
  readonly offline: boolean;
  /**
   * Whether a refresh that is due is done now; otherwise somebody else does it, for the next time.
   * Who has nothing at all to work with waits all the same.
   */
  readonly waits: boolean;
  /** For all requests of one refresh together. */
  readonly timeoutMs: number;
}

const REFRESH_INTERVAL_MS = 24 * 60 * 60 * 1000;
const RETRY_INTERVAL_MS = 60 * 60 * 1000;

/**
 * The newest material of a repository that can be had and verified: refreshed now when it is time,
 * or earlier, or as shipped. What stands in the way is said in the material's note.
 * @param shipped undefined for a repository whose material does not come with Veln
 * @throws Failure when there is nothing that verifies, and nothing shipped
 */
export async function freshestMaterial(
  repository: Repository,
  shipped: Shipped | undefined,
  deps: RefreshDeps,
): Promise<TrustMaterial> {
  const cache = openTrustCache(deps.files, deps.folder, repository);
  const asking: Asking = { repository, shipped, deps, cache, nowMs: deps.clock() };
  const held = await heldMaterial(asking);
  const hindrance = await hindranceTo(held, asking);
  if (hindrance !== undefined) {
    return heldOrShipped(held, hindrance === "none needed" ? undefined : hindrance, asking);
  }
  const refreshed = await refreshedMaterial(held, asking);
  if (!isFailure(refreshed)) return refreshed;
  if (!wasCutShort(refreshed)) {
    await cache.rememberFailure({ atMs: asking.nowMs, why: refreshed.message });
  }
  return heldOrShipped(held, refreshed, asking);
}

/** A command that ended, and closed its connections, has learnt nothing of the mirror. */
function wasCutShort({ cause }: Failure): boolean {
  return ["UND_ERR_DESTROYED", "UND_ERR_CLOSED"].includes(systemCodeOf(cause) ?? "");
}

interface Asking {
  readonly repository: Repository;
  readonly shipped: Shipped | undefined;
  readonly deps: RefreshDeps;
  readonly cache: TrustCache;
  readonly nowMs: number;
}

/** What an earlier refresh left: nothing, nothing that verifies, or material. */
type Held =
  | { readonly state: "none" }
  | { readonly state: "unusable"; readonly why: string }
  | {
      readonly state: "held";
      readonly kept: Kept;
      readonly material: TrustMaterial;
      readonly expiresAtMs: number;
    };

async function heldMaterial({ repository, shipped, cache, nowMs }: Asking): Promise<Held> {
  const answer = await cache.kept(nowMs);
  if (answer.state !== "kept") return answer;
  const { kept } = answer;
  const origin = { kind: "refreshed", asOfMs: kept.refreshedAtMs } as const;
  // Nearly always what was refreshed is what is shipped, and then there is nothing to verify.
  if (shipped !== undefined && kept.digest === digestOfShipped(shipped)) {
    const material = materialFrom(shipped, origin);
    return { state: "held", kept, material, expiresAtMs: kept.expiresAtMs };
  }
  try {
    const { contents } = await proveFiles(repository, kept.files, kept.refreshedAtMs);
    const material = materialFrom(contents, origin);
    return { state: "held", kept, material, expiresAtMs: contents.expiresAtMs };
  } catch (error) {
    return { state: "unusable", why: expectedTrouble(error).message };
  }
}

/** Why there is no refresh now, to be told when it is a failure; undefined when there is one. */
async function hindranceTo(
  held: Held,
  { shipped, deps, cache, nowMs }: Asking,
): Promise<"none needed" | Failure | undefined> {
  const refreshedAtMs = held.state === "held" ? held.kept.refreshedAtMs : Number.NEGATIVE_INFINITY;
  if (nowMs - refreshedAtMs < REFRESH_INTERVAL_MS) return "none needed";
  if (deps.offline) return new Failure("offline", "Veln is offline.");
  const attempt = await cache.failedAttempt(nowMs);
  if (attempt === undefined || nowMs - attempt.atMs >= RETRY_INTERVAL_MS) {
    const hasNone = held.state !== "held" && shipped === undefined;
    return deps.waits || hasNone ? undefined : "none needed";
  }
  const message = `${attempt.why} That was tried at ${printInstant(attempt.atMs)}.`;
  return new Failure("upstream-unavailable", message);
}

/** A failure is an answer here: no command fails for it. */
async function refreshedMaterial(held: Held, asking: Asking): Promise<TrustMaterial | Failure> {
  const { shipped, cache, nowMs } = asking;
  let proven: Proven;
  let material: TrustMaterial;
  try {
    proven = await downloaded(held, asking);
    material = materialFrom(proven.contents, { kind: "refreshed", asOfMs: nowMs });
  } catch (error) {
    return expectedTrouble(error);
  }
  const why = await cache.keep({
    refreshedAtMs: nowMs,
    expiresAtMs: proven.contents.expiresAtMs,
    shippedDigest: digestOfShipped(shipped),
    digest: digestOf([proven.contents.trustRoot, proven.contents.keys]),
    files: proven.files,
  });
  return why === undefined ? material : noted(material, [`It could not be kept: ${why}`]);
}

async function downloaded(held: Held, { repository, deps, nowMs }: Asking): Promise<Proven> {
  const { network, timeoutMs } = deps;
  const stop = new AbortController();
  const timer = setTimeout(() => {
    const host = printable(new URL(repository.mirror).host);
    const message = `${host} took longer than ${String(timeoutMs)} ms.`;
    stop.abort(new Failure("timed-out", message, { url: repository.mirror }));
  }, timeoutMs);
  const before =
    held.state === "held" ? { files: held.kept.files, atMs: held.kept.refreshedAtMs } : undefined;
  try {
    const fetch = mirrorFetch(network, repository.mirror, stop.signal);
    return await refreshFiles(repository, before, fetch, nowMs);
  } finally {
    clearTimeout(timer);
  }
}

/** Trouble with mirrors, with what they send and with the disk; anything else is a bug, and thrown. */
function expectedTrouble(error: unknown): Failure {
  if (isFailure(error)) return error;
  if (systemCodeOf(error) === undefined) throw error;
  return new Failure("store-unavailable", `${printable(messageOf(error))}.`, {}, error);
}

function heldOrShipped(
  held: Held,
  hindrance: Failure | undefined,
  { shipped, nowMs }: Asking,
): TrustMaterial {
  const notes = hindrance === undefined ? [] : [`It was not refreshed: ${hindrance.message}`];
  if (held.state !== "held") {
    const before = held.state === "none" ? [] : [`What was refreshed before is lost: ${held.why}`];
    if (shipped === undefined) throw nothing(hindrance, [...before, ...notes]);
    return noted(materialFrom(shipped, { kind: "shipped" }), [...before, ...notes]);
  }
  if (nowMs <= held.expiresAtMs) return noted(held.material, notes);
  const expiry = printInstant(held.expiresAtMs);
  // Of two that are not fresh the one that came later counts.
  if (shipped !== undefined && held.kept.shippedDigest !== digestOfShipped(shipped)) {
    const before = `What was refreshed before expired at ${expiry}, and this Veln came later.`;
    return noted(materialFrom(shipped, { kind: "shipped" }), [before, ...notes]);
  }
  return noted(held.material, [`It expired at ${expiry}.`, ...notes]);
}

function nothing(hindrance: Failure | undefined, notes: readonly string[]): Failure {
  const message = ["There is no trust root for this registry.", ...notes].join(" ");
  return new Failure(hindrance?.code ?? "store-unavailable", message);
}

function noted(material: TrustMaterial, notes: readonly string[]): TrustMaterial {
  if (notes.length === 0) return material;
  return { ...material, origin: { ...material.origin, note: notes.join(" ") } };
}

function digestOfShipped(shipped: Shipped | undefined): string {
  return digestOf([shipped?.trustRoot, shipped?.keys]);
}
