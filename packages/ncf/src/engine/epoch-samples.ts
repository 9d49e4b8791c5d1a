import { hash32, permutation, uniformInt } from '../random/counter-random.ts';
import type { Batch } from './batch.ts';
import { DistinctRows } from './distinct-rows.ts';
import { ENGINE_STREAM } from './random-streams.ts';
import type { EngineSettings, TrainingPairs } from './training-engine.ts';
import { UserItems } from './user-items.ts';

/**
 * The samples of an epoch, batch by batch: every positive once, in an order that depends on (seed, epoch), each
 * followed by its `negativesPerPositive` negatives, which depend on (seed, epoch, pair) and not on the order. So a
 * positive and its negatives mostly share a batch and the user's rows are fetched once for them; the paper shuffles
 * positives and negatives together.
 *
 * A negative is uniform among the items without interaction of that user. A user who interacted with every item has
 * none: the place holds the positive's item with weight 0, so that the number of samples does not depend on it.
 */
export class EpochSamples {
  readonly #pairs: TrainingPairs;
  readonly #settings: EngineSettings['training'];
  readonly #userItems: UserItems;
  /** `[pairs]`, the user of each pair. */
  readonly #userOf: Uint32Array;
  readonly #distinctUsers: DistinctRows;
  readonly #distinctItems: DistinctRows;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array(0);

  constructor(pairs: TrainingPairs, settings: EngineSettings['training']) {
    this.#pairs = pairs;
    this.#settings = settings;
    this.#userItems = new UserItems(pairs);
    this.#userOf = new Uint32Array(pairs.items.length);
    for (let user = 0; user < pairs.userCount; user++) {
      this.#userOf.fill(user, pairs.offsets[user]!, pairs.offsets[user + 1]!);
    }
    this.#distinctUsers = new DistinctRows(pairs.userCount);
    this.#distinctItems = new DistinctRows(pairs.itemCount);
  }

  /** Samples in an epoch, positives and negatives. */
  get total(): number {
    return this.#pairs.items.length * (1 + this.#settings.negativesPerPositive);
  }

  /** Samples `from` to `to` of the epoch. The batch's `userRows` and `itemRows` are overwritten by the next call. */
  batch(epoch: number, from: number, to: number): Batch {
    this.#startEpoch(epoch);
    const size = to - from;
    const users = new Uint32Array(size);
    const items = new Uint32Array(size);
    const signs = new Float32Array(size);
    const weights = new Float32Array(size);
    this.#fill(from, { users, items, signs, weights });
    const userSlots = new Int32Array(size);
    const itemSlots = new Int32Array(size);
    const userRows = this.#distinctUsers.collect(users, size, userSlots);
    const itemRows = this.#distinctItems.collect(items, size, itemSlots);
    return { size, userSlots, itemSlots, signs, weights, userRows, itemRows };
  }

  #startEpoch(epoch: number): void {
    if (epoch === this.#epoch) return;
    const { seed } = this.#settings;
    this.#order = permutation(this.#pairs.items.length, seed, hash32(seed, ENGINE_STREAM.order, epoch));
    this.#epoch = epoch;
  }

  #fill(
    from: number,
    out: { users: Uint32Array; items: Uint32Array; signs: Float32Array; weights: Float32Array },
  ): void {
    const { negativesPerPositive, strengthWeight } = this.#settings;
    const { items, strengths } = this.#pairs;
    const group = 1 + negativesPerPositive;
    for (let index = 0; index < out.users.length; index++) {
      const sample = from + index;
      const position = Math.floor(sample / group);
      const place = sample - position * group;
      const pair = this.#order[position]!;
      const user = this.#userOf[pair]!;
      out.users[index] = user;
      if (place === 0) {
        out.items[index] = items[pair]!;
        out.signs[index] = -1;
        out.weights[index] = strengthWeight === 'strength' ? strengths[pair]! : 1;
      } else {
        const unseen = this.#userItems.unseenCount(user);
        out.items[index] = unseen === 0 ? items[pair]! : this.#negative(user, unseen, pair, place);
        out.signs[index] = 1;
        out.weights[index] = unseen === 0 ? 0 : 1;
      }
    }
  }

  #negative(user: number, unseen: number, pair: number, place: number): number {
    const { seed, negativesPerPositive } = this.#settings;
    const stream = ENGINE_STREAM.negatives;
    const draw = pair * negativesPerPositive + (place - 1);
    return this.#userItems.unseenItem(user, uniformInt(unseen, seed, stream, this.#epoch, draw));
  }
}
