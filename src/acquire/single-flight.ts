/**
 * Lets everybody who asks for the same thing at the same time share one piece of work. The work is
 * stopped when the last of them has lost interest; nobody's cancelling disturbs the others.
 */
export interface SingleFlight<Value> {
  run(
    key: string,
    signal: AbortSignal | undefined,
    work: (stop: AbortSignal) => Promise<Value>,
  ): Promise<Value>;
}

interface Flight<Value> {
  readonly result: Promise<Value>;
  readonly stop: AbortController;
  waiting: number;
}

export function createSingleFlight<Value>(): SingleFlight<Value> {
  const flights = new Map<string, Flight<Value>>();
  const start = (key: string, work: (stop: AbortSignal) => Promise<Value>): Flight<Value> => {
    const stop = new AbortController();
    const flight: Flight<Value> = { result: work(stop.signal), stop, waiting: 0 };
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(land, land);
    flights.set(key, flight);
    return flight;
  };
  return {
    run: async (key, signal, work) => {
      signal?.throwIfAborted();
      const flight = flights.get(key) ?? start(key, work);
      flight.waiting += 1;
      try {
        return await unlessAborted(flight.result, signal);
      } finally {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          // Whoever comes now starts anew and does not join what is being stopped.
          if (flights.get(key) === flight) flights.delete(key);
          flight.stop.abort();
        }
      }
    },
  };
}

/** @throws the signal's reason */
function unlessAborted<Value>(
  result: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return result;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
