import type { EngineSettings, TrainingPairs } from '../training-engine.ts';

export function toPairs(
  itemCount: number,
  histories: readonly (readonly number[])[],
  strength = 1,
): TrainingPairs {
  const offsets = new Uint32Array(histories.length + 1);
  histories.forEach((items, user) => {
    offsets[user + 1] = offsets[user]! + items.length;
  });
  const items = Uint32Array.from(histories.flat());
  return {
    userCount: histories.length,
    itemCount,
    offsets,
    items,
    strengths: new Float32Array(items.length).fill(strength),
  };
}

/** Users and items in `blocks` groups; a user has every item of the own group but the one that is withheld. */
export function blockPairs(blocks: number, usersPerBlock: number, itemsPerBlock: number) {
  const itemCount = blocks * itemsPerBlock;
  const withheld: number[] = [];
  const histories = Array.from({ length: blocks * usersPerBlock }, (_, user) => {
    const block = Math.floor(user / usersPerBlock);
    const missing = block * itemsPerBlock + (user % itemsPerBlock);
    withheld.push(missing);
    return Array.from({ length: itemsPerBlock }, (_, index) => block * itemsPerBlock + index).filter(
      (item) => item !== missing,
    );
  });
  return { pairs: toPairs(itemCount, histories), withheld };
}

export function toySettings(
  training: Partial<EngineSettings['training']> = {},
  model: Partial<EngineSettings['model']> = {},
): EngineSettings {
  return {
    model: { factors: 4, layers: [8, 4], ...model },
    training: {
      epochs: 10,
      patience: 3,
      batchSize: 64,
      learningRate: 0.01,
      negativesPerPositive: 4,
      l2: 1e-6,
      initSigma: 0.1,
      learningRateDecay: 1,
      pretraining: 'none',
      alsIterations: 4,
      alsUnobservedWeights: [0.1],
      alsRegularisation: 0.01,
      strengthWeight: 'none',
      seed: 7,
      ...training,
    },
  };
}
