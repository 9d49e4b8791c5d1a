import type { TrainingPairs } from '@sommelier/ncf/training';

/** A step that is prime to every number of items below, so that walks with it do not repeat early. */
const STRIDE = 7_919;

/**
 * Positives of a made-up catalogue, the same on each call: histories of about equal length whose items are drawn with
 * a preference for low indices, so that some items are popular and rows recur in a batch as they do in a real log.
 * @throws RangeError when there are not that many pairs.
 */
export function syntheticPairs(userCount: number, itemCount: number, pairCount: number): TrainingPairs {
  if (pairCount > userCount * itemCount) throw new RangeError(`${pairCount} pairs do not exist`);
  const offsets = new Uint32Array(userCount + 1);
  const items = new Uint32Array(pairCount);
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const takenBy = new Int32Array(itemCount).fill(-1);
  for (let user = 0; user < userCount; user++) {
    const from = offsets[user]!;
    const to = Math.floor(((user + 1) * pairCount) / userCount);
    for (let at = from; at < to; at++) {
      // The square favours low indices; an item that is taken hands on to another, far away.
      let item = Math.floor(itemCount * uniform() ** 2);
      for (let tries = 0; takenBy[item] === user; tries++) {
        item = (item + (tries < itemCount ? STRIDE : 1)) % itemCount;
      }
      takenBy[item] = user;
      items[at] = item;
    }
    offsets[user + 1] = to;
  }
  return { userCount, itemCount, offsets, items, strengths: new Float32Array(pairCount).fill(1) };
}
