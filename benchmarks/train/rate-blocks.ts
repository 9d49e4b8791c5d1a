/** Blocks that the measured time is divided into. */
export const BLOCKS = 5;

/**
 * Follows how many samples are done by when, and gives the rate of each block of time after the warm-up. A block ends
 * at the first report past its time and the next begins there, so that everything between two reports counts.
 */
export class RateBlocks {
  readonly #blockSeconds: number;
  readonly #rates: number[] = [];
  #blockStart: number;
  #blockSamples = 0;
  #warm: boolean;

  constructor(now: number, warmSeconds: number, measuredSeconds: number) {
    this.#blockSeconds = measuredSeconds / BLOCKS;
    this.#blockStart = now + warmSeconds;
    this.#warm = warmSeconds <= 0;
  }

  get rates(): readonly number[] {
    return this.#rates;
  }

  /** `samples` in all until `now`, in seconds. Returns whether all blocks are done. */
  report(samples: number, now: number): boolean {
    if (this.#rates.length >= BLOCKS) return true;
    if (!this.#warm) {
      if (now < this.#blockStart) return false;
      this.#warm = true;
      this.#begin(samples, now);
      return false;
    }
    const elapsed = now - this.#blockStart;
    if (samples > this.#blockSamples && elapsed >= this.#blockSeconds) {
      this.#rates.push((samples - this.#blockSamples) / elapsed);
      this.#begin(samples, now);
    }
    return this.#rates.length >= BLOCKS;
  }

  #begin(samples: number, now: number): void {
    this.#blockStart = now;
    this.#blockSamples = samples;
  }
}
