import { uniform } from '@sommelier/ncf';

/**
 * Times at which requests are due: a Poisson process, as independent visitors make it, whatever the server does.
 * Times are milliseconds after the start, ascending; the same for the same seed.
 */
export class Arrivals {
  readonly #meanGapMs: number;
  readonly #endMs: number;
  readonly #seed: number;
  #drawn = 0;
  #nextMs: number;

  /** @param seconds requests are due before this, and none after it */
  constructor(ratePerSecond: number, seconds: number, seed: number) {
    this.#meanGapMs = 1_000 / ratePerSecond;
    this.#endMs = seconds * 1_000;
    this.#seed = seed;
    this.#nextMs = this.#gap();
  }

  /** Takes the next time if it is not after `nowMs`; undefined when nothing is due. */
  takeDue(nowMs: number): number | undefined {
    if (this.#nextMs > nowMs || this.over) return undefined;
    const due = this.#nextMs;
    this.#nextMs += this.#gap();
    return due;
  }

  /** Milliseconds after the start at which the next request is due. */
  get nextMs(): number {
    return this.#nextMs;
  }

  get over(): boolean {
    return this.#nextMs >= this.#endMs;
  }

  #gap(): number {
    // In (0, 1]: the logarithm of 0 is not a time.
    const draw = 1 - uniform(this.#seed, 0, this.#drawn++);
    return -Math.log(draw) * this.#meanGapMs;
  }
}
