/**
 * Operating errors: things that go wrong in a correct program. The set of codes is closed, so that
 * the tables which turn a failure into an exit code (`cli/exit.ts`) or an HTTP status
 * (`act/gate/answer.ts`) cannot forget one.
 *
 * Expected negatives (not found, does not verify, unknown) are return values, not failures.
 * Programmer errors are plain exceptions and crash with their stack.
 */
export type FailureCode =
  /** The command line asks for something that does not exist or contradicts itself. */
  | "usage"
  /** A file that a person wrote for us or for their package manager cannot be used as it is. */
  | "bad-config"
  | "bad-policy"
  /** A tarball breaks a rule of the archive reader; `rule` names it. */
  | "bad-archive"
  /** A registry answered with something that is not the document it should be. */
  | "bad-metadata"
  | "not-found"
  /** The registry refuses our credentials, or wants some. */
  | "unauthorized"
  /** The registry cannot be reached, or answers with a server error after every retry. */
  | "upstream-unavailable"
  /** A body was cut short, ran over, or contradicts its own headers. */
  | "upstream-broken"
  /** A named bound was hit; `limit` says which. */
  | "too-large"
  | "timed-out"
  | "offline"
  /** Rows of the integrity store do not carry this installation's signature. */
  | "store-altered"
  | "store-unavailable"
  /** Nothing on this machine can isolate a command, or what can does not work. */
  | "sandbox-unavailable"
  | "cancelled";

/** The only field names a failure carries, so that reports and logs can rely on them. */
export interface FailureDetail {
  readonly url?: string;
  readonly status?: number;
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly package?: string;
  readonly rule?: string;
  readonly limit?: string;
  readonly found?: string | number;
  readonly wanted?: string | number;
  readonly retryAfterSeconds?: number;
}

/** `message` is one sentence for people: what happened, and what to do if anything can be done. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly detail: FailureDetail;

  constructor(code: FailureCode, message: string, detail: FailureDetail = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
  }
}

export function isFailure(error: unknown, code?: FailureCode): error is Failure {
  return error instanceof Failure && (code === undefined || error.code === code);
}

/** The message of anything that was thrown, for a sentence; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
