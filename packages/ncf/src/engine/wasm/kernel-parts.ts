import type { TrainingData, TrainingSizes } from '@sommelier/kernel/train';
import { hash32 } from '../../random/counter-random.ts';
import { ENGINE_STREAM } from '../random-streams.ts';
import type { EngineSettings, TrainingPairs } from '../training-engine.ts';
import { UserItems } from '../user-items.ts';

/** What a training kernel is made of, in its own terms. The data is made on demand, since it is large. */
export function kernelParts(pairs: TrainingPairs, settings: EngineSettings, threads: number) {
  const { training } = settings;
  return {
    sizes: sizesOf(pairs, settings, threads),
    data: () => dataOf(pairs),
    options: {
      l2: training.l2,
      strengthWeighted: training.strengthWeight === 'strength',
      seed: training.seed,
      streams: { negatives: ENGINE_STREAM.negatives },
    },
  };
}

/** Key of the order of an epoch's pairs, as `EpochSamples` draws it. */
export function orderStream(seed: number, epoch: number): number {
  return hash32(seed, ENGINE_STREAM.order, epoch);
}

function sizesOf(pairs: TrainingPairs, { model, training }: EngineSettings, threads: number): TrainingSizes {
  return {
    userCount: pairs.userCount,
    itemCount: pairs.itemCount,
    pairCount: pairs.items.length,
    factors: model.factors,
    layers: model.layers,
    batchSize: training.batchSize,
    negativesPerPositive: training.negativesPerPositive,
    threads,
  };
}

function dataOf(pairs: TrainingPairs): TrainingData {
  const { userCount, itemCount, offsets, items, strengths } = pairs;
  const pairUsers = new Uint32Array(items.length);
  for (let user = 0; user < userCount; user++) pairUsers.fill(user, offsets[user]!, offsets[user + 1]!);
  const sorted = new UserItems(pairs);
  return {
    userCount,
    itemCount,
    pairUsers,
    pairItems: items,
    pairStrengths: strengths,
    sortedOffsets: sorted.offsets,
    sortedItems: sorted.items,
  };
}
