import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { ClientCertificate, Headers, Network, NetworkAnswer } from "../platform/network.ts";
import { failureOf, isPassing } from "../platform/network-failure.ts";
import { headerOf } from "./body.ts";
import { credentialFor } from "./credentials.ts";
import type { NpmConfig, RetryRules } from "./npm-config.ts";

const REDIRECTS_MAX = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Everything about one question, attempts and pauses included. */
const DEADLINE_MS = 10 * 60_000;
/** A server that wants a longer pause is reported as unavailable, with its wish. */
const RETRY_AFTER_MAX_MS = 30_000;
/** Longest address that is followed; registries stay far below. */
export const URL_LENGTH_MAX = 2048;

/** Headers that say who we are: they stay with the origin they were meant for. */
const PERSONAL = new Set([
  "authorization",
  "cookie",
  "npm-otp",
  "npm-session",
  "proxy-authorization",
]);

export interface Question {
  readonly url: URL;
  /** Whose credentials count, beside those of the address itself. */
  readonly registry: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** See `NetworkRequest`. */
  readonly http2?: boolean;
}

export interface Asker {
  readonly config: NpmConfig;
  readonly network: Network;
  /** From 0 up to 1; spreads retries. */
  readonly random: () => number;
}

/**
 * Asks until an answer was read whole, within the bounds of the configuration. `read` may be called
 * again after a body broke off. Only for questions that change nothing.
 */
export async function askPatiently<Value>(
  asker: Asker,
  question: Question,
  read: (answer: NetworkAnswer, url: URL) => Promise<Value>,
): Promise<Value> {
  return withDeadline(question, DEADLINE_MS, async (signal) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { answer, url } = await ask(asker, { ...question, signal });
        await refuseFailing(answer, url);
        return await read(answer, url);
      } catch (error) {
        const delayMs = delayBefore(attempt, error, asker);
        if (delayMs === undefined) throw error;
        await pause(delayMs, signal, question.url);
      }
    }
  });
}

/** One attempt, redirects followed. The answer is whatever the last server said. */
export async function ask(
  { config, network }: Asker,
  question: Question,
): Promise<{ readonly answer: NetworkAnswer; readonly url: URL }> {
  const first = identified(config, question);
  const followable = question.body === undefined && /^(?:GET|HEAD)$/.test(question.method);
  let { url } = question;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const own = url.origin === question.url.origin;
    const answer = await network.request({
      url,
      method: question.method,
      ...(question.body === undefined ? {} : { body: question.body }),
      signal: question.signal,
      http2: question.http2 ?? false,
      headers: own ? first.headers : withoutPersonal(first.headers),
      clientCertificate: own ? first.clientCertificate : undefined,
    });
    if (!followable || !REDIRECTS.has(answer.status)) return { answer, url };
    await answer.discard();
    url = redirectTarget(answer, url);
  }
  throw broken(question.url, `redirects more than ${String(REDIRECTS_MAX)} times`);
}

function identified(
  config: NpmConfig,
  question: Question,
): { readonly headers: Headers; readonly clientCertificate: ClientCertificate | undefined } {
  const credential = credentialFor(config, question.url, question.registry);
  const authorization = credential?.authorization;
  const given = Object.hasOwn(question.headers, "authorization");
  return {
    headers:
      given || authorization === undefined
        ? question.headers
        : { ...question.headers, authorization },
    clientCertificate: credential?.clientCertificate,
  };
}

function withoutPersonal(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !PERSONAL.has(name.toLowerCase())),
  );
}

function redirectTarget(answer: NetworkAnswer, from: URL): URL {
  const location = headerOf(answer, "location") ?? "";
  const url = location.length > URL_LENGTH_MAX ? null : URL.parse(location, from.href);
  if (url === null || location === "") throw broken(from, "redirects to nowhere");
  if (url.protocol !== "https:" && url.protocol !== from.protocol) {
    throw broken(from, "redirects to an address that is not encrypted");
  }
  return url;
}

function broken(url: URL, what: string): Failure {
  return new Failure("upstream-broken", `${printable(url.origin + url.pathname)} ${what}.`, {
    url: url.href,
    rule: "redirect",
  });
}

/** 401 and 403 are about us, 408, 429 and 5xx about the server; everything else is for the caller. */
async function refuseFailing(answer: NetworkAnswer, url: URL): Promise<void> {
  const { status } = answer;
  const place = printable(url.origin + url.pathname);
  if (status === 401 || status === 403) {
    await answer.discard();
    throw new Failure(
      "unauthorized",
      `${url.host} answered ${String(status)} for ${place}: check the credentials in your .npmrc.`,
      { url: url.href, status },
    );
  }
  if (status === 408 || status === 420 || status === 429 || status >= 500) {
    const seconds = retryAfterSeconds(answer);
    await answer.discard();
    throw new Failure(
      "upstream-unavailable",
      `${url.host} answered ${String(status)} for ${place}.`,
      {
        url: url.href,
        status,
        ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
      },
    );
  }
}

/** RFC 9110 section 10.2.3, seconds only: a date would need the server's clock to agree with ours. */
function retryAfterSeconds(answer: NetworkAnswer): number | undefined {
  const text = headerOf(answer, "retry-after") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** Undefined when there is no point in, or no attempt left for, asking again. */
function delayBefore(attempt: number, error: unknown, asker: Asker): number | undefined {
  const { retry } = asker.config;
  if (!(error instanceof Failure) || attempt >= retry.retries || !isPassing(error))
    return undefined;
  if (error.detail.rule !== undefined) return undefined;
  const wantedMs = (error.detail.retryAfterSeconds ?? 0) * 1000;
  if (wantedMs > RETRY_AFTER_MAX_MS) return undefined;
  return Math.max(wantedMs, backoffMs(attempt, retry, asker.random()));
}

/** Between half and the whole of min × factor^attempt, so that many clients do not return at once. */
export function backoffMs(attempt: number, rules: RetryRules, random: number): number {
  const fullMs = Math.min(rules.maxDelayMs, rules.minDelayMs * rules.factor ** attempt);
  return fullMs * (0.5 + random / 2);
}

function pause(delayMs: number, signal: AbortSignal, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(failureOf(signal.reason, url, signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, delayMs);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}

async function withDeadline<Value>(
  { signal, url }: Question,
  deadlineMs: number,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(signal?.reason);
  const timer = setTimeout(() => {
    controller.abort(
      new Failure("timed-out", `${url.host} took too long.`, {
        url: url.href,
        limit: "DEADLINE_MS",
      }),
    );
  }, deadlineMs);
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted === true) cancel();
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}
