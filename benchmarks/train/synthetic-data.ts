import { hash32, permutation, uniform } from '@sommelier/ncf';
import type { TrainingPairs } from '@sommelier/ncf/training';

/** What a made-up log looks like; all of it follows from these numbers. */
export interface SyntheticShape {
  readonly users: number;
  readonly items: number;
  /** About so many pairs. */
  readonly pairs: number;
  /** Users of whom one item is held out, at most. */
  readonly tests: number;
  readonly seed: number;
}

/** One held-out item a user, and the items that it is ranked against. */
export interface HeldOut {
  /** `[tests]` */
  readonly users: Uint32Array;
  /** `[tests]` */
  readonly positives: Uint32Array;
  /** `[tests x TEST_NEGATIVES]` */
  readonly negatives: Uint32Array;
}

export interface SyntheticData {
  readonly pairs: TrainingPairs;
  readonly heldOut: HeldOut;
}

/** Items that a held-out item is ranked against, as in the paper. */
export const TEST_NEGATIVES = 99;

/** Tastes that a user has one of and that divide the catalogue. */
const TASTES = 24;
/** Share of a history that follows the user's taste. */
const LOYALTY = 0.75;
/** An item of popularity rank r is drawn with weight (r + 10)^-0.8: a flattened head and a long tail, as logs have. */
const ZIPF_EXPONENT = 0.8;
const ZIPF_OFFSET = 10;
/** Spread of the lengths of histories: their logarithm's standard deviation. */
const LENGTH_SIGMA = 0.8;
/** Draws of an item that the user has already before the history stays shorter. */
const TRIES = 50;

/** Second keys of the random numbers. */
const STREAM = { order: 0x7472_0001, length: 0x7472_0002, choice: 0x7472_0003, negative: 0x7472_0004 };

/**
 * Made-up pairs that can be learnt: every user has one of 24 tastes, three quarters of the history are popular items of
 * that taste and the rest popular items of any. Popularity falls like Zipf's law, and the rows of popular items are
 * scattered over the table. The last item of up to `tests` users is held out. A function of the shape alone.
 */
export function syntheticData(shape: SyntheticShape): SyntheticData {
  const { users, items, seed } = shape;
  const draw = new ItemDraw(items, seed);
  const offsets = new Uint32Array(users + 1);
  const drawn: Uint32Array[] = [];
  const every = Math.max(1, Math.floor(users / Math.max(1, shape.tests)));
  const heldOut = new HeldOutBuilder(shape);
  for (let user = 0; user < users; user++) {
    const tested = user % every === 0 && heldOut.count < shape.tests;
    const history = draw.history(user, historyLength(shape, user) + (tested ? 1 : 0));
    const own = tested && history.length > 1 ? history.subarray(0, -1) : history;
    if (own.length < history.length) heldOut.add(user, history);
    drawn.push(own);
    offsets[user + 1] = offsets[user]! + own.length;
  }
  const pairItems = new Uint32Array(offsets[users]!);
  drawn.forEach((own, user) => {
    pairItems.set(own, offsets[user]!);
  });
  const strengths = new Float32Array(pairItems.length).fill(1);
  return {
    pairs: { userCount: users, itemCount: items, offsets, items: pairItems, strengths },
    heldOut: heldOut.finish(),
  };
}

/** Log-normal around the mean that the shape asks for, at least 1 and at most a quarter of the catalogue. */
function historyLength({ users, items, pairs, seed }: SyntheticShape, user: number): number {
  const mean = pairs / users;
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, STREAM.length, user, 0)));
  const normal = radius * Math.cos(2 * Math.PI * uniform(seed, STREAM.length, user, 1));
  const length = Math.round(mean * Math.exp(LENGTH_SIGMA * normal - LENGTH_SIGMA ** 2 / 2));
  return Math.min(Math.max(1, length), Math.max(1, Math.floor(items / 4)));
}

/** Draws histories: distinct items, by popularity and taste. */
class ItemDraw {
  readonly #seed: number;
  readonly #items: number;
  /** Item of each popularity rank. */
  readonly #itemOfRank: Uint32Array;
  /** Sums of the weights up to and with each rank. */
  readonly #cumulative: Float64Array;
  /** The last user that took an item, plus 1. */
  readonly #takenBy: Uint32Array;

  constructor(items: number, seed: number) {
    this.#seed = seed;
    this.#items = items;
    this.#itemOfRank = permutation(items, seed, STREAM.order);
    this.#cumulative = new Float64Array(items);
    this.#takenBy = new Uint32Array(items);
    let sum = 0;
    for (let rank = 0; rank < items; rank++) {
      sum += (rank + ZIPF_OFFSET) ** -ZIPF_EXPONENT;
      this.#cumulative[rank] = sum;
    }
  }

  history(user: number, length: number): Uint32Array {
    const history = new Uint32Array(length);
    const taste = hash32(this.#seed, STREAM.choice, user, 0) % TASTES;
    let size = 0;
    let counter = 1;
    for (let tries = 0; size < length && tries < TRIES; counter += 2) {
      const item = this.#item(user, taste, counter);
      if (this.#takenBy[item] === user + 1) {
        tries++;
        continue;
      }
      this.#takenBy[item] = user + 1;
      history[size++] = item;
      tries = 0;
    }
    return history.subarray(0, size);
  }

  #item(user: number, taste: number, counter: number): number {
    const rank = this.#rank(uniform(this.#seed, STREAM.choice, user, counter));
    const loyal = uniform(this.#seed, STREAM.choice, user, counter + 1) < LOYALTY;
    // The items of a taste are every 24th in the order of popularity, so that tastes are about equally popular.
    const ofTaste = rank - (rank % TASTES) + taste;
    return this.#itemOfRank[loyal && ofTaste < this.#items ? ofTaste : rank]!;
  }

  /** The rank that the share falls into: binary search. */
  #rank(share: number): number {
    const wanted = share * this.#cumulative[this.#items - 1]!;
    let low = 0;
    let high = this.#items - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#cumulative[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class HeldOutBuilder {
  readonly #shape: SyntheticShape;
  readonly #users: number[] = [];
  readonly #positives: number[] = [];
  readonly #negatives: number[] = [];

  constructor(shape: SyntheticShape) {
    this.#shape = shape;
  }

  get count(): number {
    return this.#users.length;
  }

  /** Holds out the last item of the history; the others are uniform among the items outside of it. */
  add(user: number, history: Uint32Array): void {
    const { items, seed } = this.#shape;
    const known = new Set(history);
    this.#users.push(user);
    this.#positives.push(history.at(-1)!);
    let counter = 0;
    for (let found = 0; found < TEST_NEGATIVES; counter++) {
      const item = Math.floor(uniform(seed, STREAM.negative, user, counter) * items);
      if (known.has(item)) continue;
      this.#negatives.push(item);
      found++;
    }
  }

  finish(): HeldOut {
    return {
      users: Uint32Array.from(this.#users),
      positives: Uint32Array.from(this.#positives),
      negatives: Uint32Array.from(this.#negatives),
    };
  }
}
