import { expect, test } from '@jest/globals';
import { runConfigSchema } from '@sommelier/contracts';
import { foldInOptionsOf } from './fold-in-options.ts';

test('the least squares of the pre-training, and no weight of absent pairs without one', () => {
  const config = runConfigSchema.parse({ preset: 'fast', training: { alsRegularisation: 0.02 } });
  const pretraining = { method: 'als' as const, unobservedWeight: 0.03, tried: [] };
  expect(foldInOptionsOf({ config, metrics: { pretraining } })).toEqual({
    strengthWeight: 'strength',
    regularisation: 0.02,
    unobservedWeight: 0.03,
  });
  const paper = runConfigSchema.parse({ preset: 'paper' });
  expect(foldInOptionsOf({ config: paper, metrics: { pretraining: null } })).toEqual({
    strengthWeight: 'none',
    regularisation: 0.007,
  });
});
