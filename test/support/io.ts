import type { Io } from "../../src/cli/io.ts";

/** A terminal that remembers what was written to it. */
export interface CapturedIo extends Io {
  /** On standard output so far. */
  printed(): string;
  /** On standard error so far. */
  said(): string;
}

export function capturedIo(
  given: Pick<Io, "env" | "cwd"> & { readonly isTTY?: boolean },
): CapturedIo {
  const written = { stdout: "", stderr: "" };
  const isTTY = given.isTTY === true;
  return {
    env: given.env,
    cwd: given.cwd,
    stdout: { isTTY, columns: 80, write: (text) => (written.stdout += text) },
    stderr: { isTTY, columns: 80, write: (text) => (written.stderr += text) },
    printed: () => written.stdout,
    said: () => written.stderr,
  };
}
