/** What a stream of random numbers is for; streams of different purposes never share numbers. */
export const STREAMS = {
  tree: 1,
  catalogue: 2,
  visitorIds: 3,
  activityRanks: 4,
  calendar: 5,
  visitor: 6,
  rows: 7,
};

const WARM_UP_ROUNDS = 12;

/**
 * Seeded random numbers: sfc32 (Chris Doty-Humphrey's small fast counter generator), started from a seed, a purpose
 * and an index, so that each visitor has numbers of their own whatever came before. Same arguments, same numbers.
 */
export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number, stream: number, index = 0) {
    this.restart(seed, stream, index);
  }

  /** Starts over from other arguments; saves an object a visitor. */
  restart(seed: number, stream: number, index: number): void {
    this.#a = mix(seed);
    this.#b = mix(this.#a ^ Math.imul(stream, 0x9e3779b1));
    this.#c = mix(this.#b ^ index);
    this.#counter = 1;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), in steps of 2^-32. */
  uniform(): number {
    return this.uint32() / 4_294_967_296;
  }

  /** Uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Number of successes in `trials` trials. */
  binomial(trials: number, probability: number): number {
    let successes = 0;
    for (let trial = 0; trial < trials; trial++) if (this.chance(probability)) successes++;
    return successes;
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles in place, every order equally likely (Fisher and Yates). */
  shuffle(values: { length: number; [index: number]: unknown }): void {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = values[last];
      values[last] = values[other];
      values[other] = kept;
    }
  }

  /** The integers 0 to count - 1 in random order. */
  permutation(count: number): Uint32Array {
    const indices = new Uint32Array(count);
    for (let index = 0; index < count; index++) indices[index] = index;
    this.shuffle(indices);
    return indices;
  }
}

/** The finaliser of MurmurHash3: spreads every bit of a 32-bit integer over all of them. */
function mix(value: number): number {
  let hash = (value + 0x7f4a7c15) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
