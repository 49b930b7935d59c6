import type { GateEvent } from "../act/gate/gate.ts";
import { printable } from "../model/printable.ts";
import type { OutputStream } from "./io.ts";

const FRAME_EVERY_MS = 100;
/** Nothing is drawn for work that is over before a person would wonder. */
const QUIET_AT_FIRST_MS = 1_000;
const LINE_WIDTH_MAX = 100;

/**
 * One line on a terminal, redrawn in place. It shares the terminal with a package manager that does
 * not know of it: the cursor rests at the start of the line, so whatever the other one prints goes
 * over ours, and between two frames of an idle gate the line is gone.
 */
export class Progress {
  readonly #stream: OutputStream;
  readonly #startedAtMs: number;
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #answered = 0;
  #examined = 0;
  #last = "";
  #drawn = false;

  constructor(stream: OutputStream, nowMs: () => number) {
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
  }

  start(): void {
    if (this.#stream.isTTY !== true) return;
    this.#timer = setInterval(() => this.#draw(), FRAME_EVERY_MS);
    this.#timer.unref();
  }

  note(event: GateEvent): void {
    if (event.kind === "asked") this.#asked += 1;
    if (event.kind === "answered") this.#answered += 1;
  }

  examined(label: string): void {
    this.#examined += 1;
    this.#last = label;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    const waiting = this.#asked - this.#answered;
    const elapsedMs = this.#nowMs() - this.#startedAtMs;
    if (waiting === 0 || elapsedMs < QUIET_AT_FIRST_MS) return this.#clear();
    const width = Math.min(LINE_WIDTH_MAX, (this.#stream.columns ?? 80) - 1);
    const seconds = Math.floor(elapsedMs / 1000);
    const text = `veln: ${String(this.#examined)} examined, ${String(waiting)} waiting, ${String(seconds)} s ${this.#last}`;
    this.#stream.write(`\u001b[2K${printable(text, width)}\r`);
    this.#drawn = true;
  }

  #clear(): void {
    if (this.#drawn) this.#stream.write("\u001b[2K");
    this.#drawn = false;
  }
}
