// The small training that backends are compared on: shared by the process that computes and the test that judges.

export const USERS = 9;
export const ITEMS = 13;

export const SHAPES = [1, 3, 8].flatMap((factors) =>
  [[], [4], [8, 4], [16, 8, 4]].map((layers) => ({ factors, layers })),
);

/** The networks that take several optimiser steps: ten of 27 samples each, in two epochs. */
export const STEPPED_SHAPES = SHAPES.filter(({ factors }) => factors === 3);
export const STEPPED_EPOCHS = [4, 5];
export const STEPPED_BATCH = 27;

/** @type {import('@sommelier/ncf/training').EngineSettings['training']} */
export const TRAINING = {
  epochs: 1,
  patience: 1,
  batchSize: 64,
  learningRate: 0.01,
  negativesPerPositive: 4,
  l2: 1e-4,
  learningRateDecay: 1,
  initSigma: 0.5,
  strengthWeight: 'strength',
  seed: 3,
};

// Each user has two to four items, some of which recur: 64 of the 135 samples are in the one batch that is compared.
const histories = Array.from({ length: USERS }, (_, user) =>
  [0, 1, 2, 3].slice(0, 2 + (user % 3)).map((index) => (user * 3 + index * 4) % ITEMS),
);
const items = Uint32Array.from(histories.flat());

export const PAIRS = {
  userCount: USERS,
  itemCount: ITEMS,
  offsets: Uint32Array.from([0, ...histories.map((_, user) => histories.slice(0, user + 1).flat().length)]),
  items,
  strengths: Float32Array.from(items, (item) => 1 + (item % 3)),
};
