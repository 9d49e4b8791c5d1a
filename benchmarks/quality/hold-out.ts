import { hash32 } from '@sommelier/ncf';
import type { TrainingPairs } from '@sommelier/ncf/training';
import type { RankingTask, RatedPairs } from './rated-pairs.ts';

/** Items that the positive of a validation task is ranked against, as in the paper's test. */
const NEGATIVES = 99;

/** Draws before a user counts as having interacted with nearly everything. */
const MAX_TRIES = 100_000;

/** Second key of the random numbers that draw validation negatives. */
const VALIDATION_STREAM = 0x7175_0001;

/** The distinct pairs of the data grouped by user, each user's oldest first. */
export interface UserHistories extends TrainingPairs {}

/** Groups the pairs by user in the order of the fourth column; of a pair that occurs twice the last one counts. */
export function toHistories(pairs: RatedPairs, userCount: number, itemCount: number): UserHistories {
  const order = Uint32Array.from(pairs.users.keys());
  order.sort((a, b) => pairs.users[a]! - pairs.users[b]! || pairs.times[a]! - pairs.times[b]! || a - b);
  const lastOf = new Map<number, number>();
  for (const row of order) lastOf.set(pairs.users[row]! * itemCount + pairs.items[row]!, row);
  const kept = order.filter((row) => lastOf.get(pairs.users[row]! * itemCount + pairs.items[row]!) === row);
  const offsets = new Uint32Array(userCount + 1);
  for (const row of kept) offsets[pairs.users[row]! + 1]!++;
  for (let user = 0; user < userCount; user++) offsets[user + 1]! += offsets[user]!;
  return {
    userCount,
    itemCount,
    offsets,
    items: kept.map((row) => pairs.items[row]!),
    strengths: new Float32Array(kept.length).fill(1),
  };
}

/**
 * Takes the last training item of every user with at least two out as the validation item, and draws the items that
 * it is ranked against: uniform, distinct, none of the user's training items. The test is not looked at, so a test
 * item may be among them, as it would be in life.
 */
export function holdOutLast(
  histories: UserHistories,
  seed: number,
): { train: TrainingPairs; validation: RankingTask[] } {
  const { userCount, itemCount, offsets, items } = histories;
  const keptOffsets = new Uint32Array(userCount + 1);
  const kept = new Uint32Array(items.length);
  const validation: RankingTask[] = [];
  let end = 0;
  for (let user = 0; user < userCount; user++) {
    const own = items.subarray(offsets[user]!, offsets[user + 1]!);
    const heldOut = own.length >= 2 ? 1 : 0;
    kept.set(own.subarray(0, own.length - heldOut), end);
    end += own.length - heldOut;
    keptOffsets[user + 1] = end;
    if (heldOut === 0) continue;
    const negatives = drawNegatives(user, new Set(own), itemCount, seed);
    if (negatives.length > 0) validation.push({ user, positive: own[own.length - 1]!, negatives });
  }
  const train = {
    userCount,
    itemCount,
    offsets: keptOffsets,
    items: kept.slice(0, end),
    strengths: new Float32Array(end).fill(1),
  };
  return { train, validation };
}

/** 99 distinct items of a uniform draw that the user does not have, or all of them where there are fewer. */
export function drawNegatives(
  user: number,
  own: ReadonlySet<number>,
  itemCount: number,
  seed: number,
): Uint32Array {
  const wanted = Math.min(NEGATIVES, itemCount - own.size);
  const drawn = new Set<number>();
  for (let attempt = 0; drawn.size < wanted && attempt < MAX_TRIES; attempt++) {
    const item = Math.floor((hash32(seed, VALIDATION_STREAM, user, attempt) * itemCount) / 2 ** 32);
    if (!own.has(item)) drawn.add(item);
  }
  return Uint32Array.from(drawn);
}
