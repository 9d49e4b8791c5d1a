/** Scans whose outcome counts, and scans that are left out once too many of them were in vain. */
const WINDOW = 16;
const PAUSE = 64;

/**
 * Whether the coarse scan is worth its while: where it settled fewer than half of the last 16 queries, it is left out
 * of the next 64. It changes how fast an answer comes, never the answer.
 */
export class CoarseTrust {
  #noted = 0;
  #settled = 0;
  #pause = 0;

  isTrusted(): boolean {
    if (this.#pause === 0) return true;
    this.#pause--;
    return false;
  }

  note(settled: boolean): void {
    this.#noted++;
    if (settled) this.#settled++;
    if (this.#noted < WINDOW) return;
    if (this.#settled < WINDOW / 2) this.#pause = PAUSE;
    this.#noted = 0;
    this.#settled = 0;
  }
}
