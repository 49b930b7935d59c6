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
    packument: (name, options = {}) =>
      packuments(registry.baseUrl(name), options.signal, (signal) =>
        registry.packument(name, { ...options, signal }),
      ),
    attestations: (ref, options = {}) =>
      attestations(registry.baseUrl(ref.name), options.signal, (signal) =>
        registry.attestations(ref, { ...options, signal }),
      ),
  };
}

type Patience = <Value>(
  place: string,
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<Value>,
) => Promise<Value>;

interface Place {
  /** Aborted when it is given up, with the reason, for what is under way as well. */
  readonly givenUp: AbortController;
  unanswered: number;
}

function createPatience(): Patience {
  const places = new Map<string, Place>();
  return async (base, signal, ask) => {
    const place = places.get(base) ?? { givenUp: new AbortController(), unanswered: 0 };
    places.set(base, place);
    const stop = AbortSignal.any([place.givenUp.signal, ...(signal === undefined ? [] : [signal])]);
    stop.throwIfAborted();
    try {
      const answer = await ask(stop);
      place.unanswered = 0;
      return answer;
    } catch (error) {
      if (isFailure(error, "offline")) throw OFFLINE;
      place.unanswered = isSilence(error) ? place.unanswered + 1 : 0;
      if (isSilence(error) && place.unanswered === UNANSWERED_MAX) {
        place.givenUp.abort(sentenceFor(error));
      }
      throw error;
    }
  };
}

/** One sentence for all packages, so that a report can say it once. */
const OFFLINE = new Failure("offline", "Veln is offline, and this is not in its cache.");

function isSilence(error: unknown): error is Failure {
  return isFailure(error, "upstream-unavailable") || isFailure(error, "timed-out");
}

/** The last failure names one package's address; what is said here goes for the rest. */
function sentenceFor({ code, detail, cause }: Failure): Failure {
  const host = detail.url === undefined ? "The registry" : new URL(detail.url).host;
  const said = detail.status === undefined ? "did not answer" : `answered ${String(detail.status)}`;
  return new Failure(
    code,
    `${host} ${said} ${String(UNANSWERED_MAX)} times in a row and was not asked again.`,
    detail,
    cause,
  );
}
