import { SommelierError } from '@sommelier/contracts';
import type { TrainingPairs } from './training-engine.ts';

/**
 * Checks once, before hours of training, what an engine's loops rely on.
 * @throws SommelierError `too-few-interactions` without a pair, `internal` when the pairs are not compressed rows.
 */
export function requirePairs(pairs: TrainingPairs): void {
  const { userCount, itemCount, offsets, items, strengths } = pairs;
  if (items.length === 0) {
    throw new SommelierError('too-few-interactions', 'There is no interaction to train on');
  }
  if (offsets.length !== userCount + 1 || offsets[0] !== 0 || offsets[userCount] !== items.length) {
    throw new SommelierError(
      'internal',
      `offsets must run from 0 to ${items.length} over ${userCount + 1} entries`,
    );
  }
  if (strengths.length !== items.length) {
    throw new SommelierError('internal', `${items.length} items but ${strengths.length} strengths`);
  }
  for (let user = 0; user < userCount; user++) {
    if (offsets[user]! > offsets[user + 1]!)
      throw new SommelierError('internal', `offsets fall after user ${user}`);
  }
  for (let pair = 0; pair < items.length; pair++) {
    if (items[pair]! >= itemCount) {
      throw new SommelierError(
        'internal',
        `Pair ${pair}: item ${items[pair]} of ${itemCount} does not exist`,
      );
    }
    // A weight of NaN would pass through ReLU as 0 and be noticed late.
    if (!(strengths[pair]! > 0) || !Number.isFinite(strengths[pair]!)) {
      throw new SommelierError(
        'internal',
        `Pair ${pair}: strength ${strengths[pair]} is not a positive number`,
      );
    }
  }
}
