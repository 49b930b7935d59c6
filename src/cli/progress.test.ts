import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { capturedIo } from "../../test/support/io.ts";
import { Progress } from "./progress.ts";

const ERASE = "\u001b[2K";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function started(isTTY: boolean) {
  const io = capturedIo({ env: {}, cwd: "/", isTTY });
  const progress = new Progress(io.stderr, () => Date.now());
  progress.start();
  const asked = () => progress.note({ kind: "asked", what: "tarball" });
  const answered = () => progress.note({ kind: "answered", what: "tarball" });
  return { progress, asked, answered, said: () => io.said() };
}

describe("Progress", () => {
  it("says nothing where nobody watches", () => {
    const { progress, asked, said } = started(false);
    asked();
    vi.advanceTimersByTime(10_000);
    progress.stop();
    expect(said()).toBe("");
  });

  it("says nothing of what is over before anybody wonders, nor while nothing is asked", () => {
    const { progress, asked, answered, said } = started(true);
    asked();
    vi.advanceTimersByTime(900);
    answered();
    vi.advanceTimersByTime(10_000);
    progress.stop();
    expect(said()).toBe("");
  });

  it("redraws one line, and leaves none behind", () => {
    const { progress, asked, answered, said } = started(true);
    asked();
    asked();
    answered();
    progress.examined("subject\u001b[2J@1.0.0");
    vi.advanceTimersByTime(1000);
    expect(said()).toBe(`${ERASE}veln: 1 examined, 1 waiting, 1 s subject\\u{1b}[2J@1.0.0\r`);
    answered();
    vi.advanceTimersByTime(1000);
    progress.stop();
    expect(said().split("\r").slice(1)).toEqual([ERASE]);
  });
});
