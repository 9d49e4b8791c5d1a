const PLAIN_INTERVAL_MS = 2_000;
const ERASE_LINE = '\r\u001b[2K';
const DEFAULT_COLUMNS = 80;

/** The part of a terminal that is written to; a pipe has no `isTTY`. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * The last line of a terminal, rewritten in place. Where there is no terminal, plain lines instead, at most one every
 * two seconds.
 */
export class LiveLine {
  readonly #output: Output;
  readonly #nowMs: () => number;
  #shown = false;
  #lastPlainMs = Number.NEGATIVE_INFINITY;

  constructor(output: Output, nowMs: () => number) {
    this.#output = output;
    this.#nowMs = nowMs;
  }

  update(text: string): void {
    if (this.#output.isTTY === true) {
      const columns = this.#output.columns ?? DEFAULT_COLUMNS;
      this.#output.write(`${ERASE_LINE}${text.slice(0, columns - 1)}`);
      this.#shown = true;
      return;
    }
    const nowMs = this.#nowMs();
    if (nowMs - this.#lastPlainMs < PLAIN_INTERVAL_MS) return;
    this.#lastPlainMs = nowMs;
    this.#output.write(`${text}\n`);
  }

  /** Removes the live line; what is written next begins at the left. */
  clear(): void {
    if (this.#shown) this.#output.write(ERASE_LINE);
    this.#shown = false;
  }
}
