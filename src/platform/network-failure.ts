import { Failure, messageOf } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { systemCodeOf } from "./system-error.ts";

const TIMEOUTS = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "ETIMEDOUT",
]);

/** Codes of causes that a second attempt a moment later will meet again. */
const LASTING = new Set(["ENOTFOUND", "UND_ERR_INVALID_ARG", "UND_ERR_HEADERS_OVERFLOW"]);

/** Turns what an HTTP request can throw into a Failure; a Failure stays as it is. */
export function failureOf(
  error: unknown,
  url: URL,
  signal: AbortSignal | undefined,
  during: "head" | "body" = "head",
): Failure {
  if (error instanceof Failure) return error;
  const place = printable(`${url.origin}${url.pathname}`);
  if (signal?.aborted === true) {
    if (signal.reason instanceof Failure) return signal.reason;
    return new Failure(
      "cancelled",
      `The request for ${place} was cancelled.`,
      { url: place },
      error,
    );
  }
  const code = codeOf(error);
  if (code !== undefined && TIMEOUTS.has(code)) {
    return new Failure("timed-out", `${url.host} did not answer in time.`, { url: place }, error);
  }
  const why = printable(reasonOf(error));
  return during === "body"
    ? new Failure(
        "upstream-broken",
        `The answer from ${place} broke off: ${why}.`,
        { url: place },
        error,
      )
    : new Failure(
        "upstream-unavailable",
        `${url.host} cannot be reached: ${why}.`,
        { url: place },
        error,
      );
}

/** Whether the same request may succeed a moment later. */
export function isPassing(failure: Failure): boolean {
  if (!["timed-out", "upstream-broken", "upstream-unavailable"].includes(failure.code))
    return false;
  const code = codeOf(failure.cause);
  return (
    code === undefined || !(LASTING.has(code) || /CERT|SIGNATURE|^ERR_TLS|^ERR_SSL/.test(code))
  );
}

function codeOf(error: unknown): string | undefined {
  const code = systemCodeOf(error);
  if (code === undefined && error instanceof AggregateError) return systemCodeOf(error.errors[0]);
  return code ?? (error instanceof Error ? systemCodeOf(error.cause) : undefined);
}

/** Node reports a refused connection to several addresses with an empty message. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, "") || (codeOf(error) ?? "no reason given");
}
