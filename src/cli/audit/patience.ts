import type { Registry } from "../../acquire/registry.ts";
import { Failure, isFailure } from "../../model/failure.ts";

/** As many questions in a row without an answer, and nothing more is asked in this place. */
const UNANSWERED_MAX = 8;

/**
 * The registry, asked no more for what it has stopped answering: an audit of hundreds of packages
 * must not wait for each of them to find out the same.
 */
export function askedInVain(registry: Registry): Registry {
  const packuments = createPatience();
  const attestations = createPatience();
  return {
    ...registry,
    packument: (name, options) =>
      packuments(registry.baseUrl(name), () => registry.packument(name, options)),
    attestations: (ref, options) =>
      attestations(registry.baseUrl(ref.name), () => registry.attestations(ref, options)),
  };
}

type Patience = <Value>(place: string, ask: () => Promise<Value>) => Promise<Value>;

function createPatience(): Patience {
  const silent = new Map<string, { readonly count: number; readonly last: Failure }>();
  return async (place, ask) => {
    const before = silent.get(place);
    if (before !== undefined && before.count >= UNANSWERED_MAX) throw givenUp(before.last);
    try {
      const answer = await ask();
      silent.delete(place);
      return answer;
    } catch (error) {
      if (isSilence(error)) {
        silent.set(place, { count: (silent.get(place)?.count ?? 0) + 1, last: error });
      } else {
        silent.delete(place);
      }
      throw isFailure(error, "offline") ? OFFLINE : error;
    }
  };
}

/** One sentence for all packages, so that a report can say it once. */
const OFFLINE = new Failure("offline", "Veln is offline, and this is not in its cache.");

function isSilence(error: unknown): error is Failure {
  return isFailure(error, "upstream-unavailable") || isFailure(error, "timed-out");
}

/** The last failure names one package's address; what is said here goes for the rest. */
function givenUp({ code, detail, cause }: Failure): Failure {
  const host = detail.url === undefined ? "The registry" : new URL(detail.url).host;
  const said = detail.status === undefined ? "did not answer" : `answered ${String(detail.status)}`;
  return new Failure(
    code,
    `${host} ${said} ${String(UNANSWERED_MAX)} times in a row and was not asked again.`,
    detail,
    cause,
  );
}
