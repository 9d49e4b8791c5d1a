import { describe, expect, test } from '@jest/globals';
import { configSchema, runConfigSchema } from './config.ts';
import { metricsSchema } from './metrics.ts';
import { PRESETS } from './presets.ts';
import { resolveRunConfig, trainingRunRequestSchema } from './training-run.ts';

describe('configSchema', () => {
  test('an empty file is the rules of the original system and the fast preset', () => {
    const config = configSchema.parse({});
    expect(config.data).toMatchObject({ minEvents: 3, outlierDeviations: 2, minDistinctItems: 2 });
    expect(config.data.weights).toEqual({ view: 1, addtocart: 2, transaction: 3 });
    expect(config.preset).toBe('fast');
    expect(config.model).toEqual(PRESETS.fast.model);
    expect(config.training).toMatchObject(PRESETS.fast.training);
    expect(config.serving.excludeSeen).toBe(true);
  });

  test.each([
    [{ data: { windowDay: 3 } }, 'data'],
    [{ data: { weights: {} } }, 'data.weights'],
    [{ data: { weights: { view: -1 } } }, 'data.weights.view'],
    [{ model: { layers: [7] } }, 'model.layers'],
    [{ model: { factors: 0 } }, 'model.factors'],
    [{ training: { learningRate: Number.NaN } }, 'training.learningRate'],
    [{ evaluation: { maxUsers: 10_001 } }, 'evaluation.maxUsers'],
    [{ unknown: 1 }, ''],
    [{ preset: 'slow' }, 'preset'],
    [{ preset: 'best', model: 7 }, 'model'],
    [{ training: { alsUnobservedWeights: [] } }, 'training.alsUnobservedWeights'],
  ])('refuses %j and names the place', (input, path) => {
    const parsed = configSchema.safeParse(input);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.path.join('.')).toBe(path);
  });
});

describe('a preset', () => {
  test.each(['fast', 'best', 'paper'] as const)(
    '%s sets model and training, and every value is a valid one',
    (preset) => {
      const config = runConfigSchema.parse({ preset });
      expect(config).toMatchObject({ preset, ...PRESETS[preset] });
    },
  );

  test('gives way to the keys beside it', () => {
    const config = runConfigSchema.parse({ preset: 'best', model: { factors: 5 }, training: { seed: 9 } });
    expect(config.model).toEqual({ ...PRESETS.best.model, factors: 5 });
    expect(config.training).toMatchObject({ ...PRESETS.best.training, seed: 9 });
  });

  test('is in the result once: what was parsed stays as it is when it is parsed again', () => {
    const config = runConfigSchema.parse({ preset: 'paper', training: { epochs: 3 } });
    expect(runConfigSchema.parse(config)).toEqual(config);
  });

  test("in a request takes the place of the server's model and training, but for the seed", () => {
    const base = runConfigSchema.parse({
      model: { factors: 5 },
      training: { seed: 9, epochs: 7 },
      data: { windowDays: 1 },
    });
    const resolved = resolveRunConfig(base, { preset: 'best', training: { l2: 0 } });
    const expected = { preset: 'best', data: { windowDays: 1 }, training: { seed: 9, l2: 0 } };
    expect(resolved.data).toEqual(runConfigSchema.parse(expected));
  });
});

test('metrics of a model that was trained before there was pre-training are read as without it', () => {
  const estimate = { mean: 0.1, low: 0, high: 0.2 };
  const ranking = { hr: estimate, ndcg: estimate };
  const report = { full: ranking, sampled: ranking };
  const metrics = metricsSchema.parse({
    protocol: { split: 'chronological-leave-one-out', cutoff: 10, users: 1, sampledNegatives: 99, seed: 1 },
    epochs: 1,
    validationNdcg: [],
    neumf: report,
    popularity: report,
    itemKnn: report,
  });
  expect(metrics.pretraining).toBeNull();
});

describe('resolveRunConfig', () => {
  const base = runConfigSchema.parse({ training: { epochs: 7 }, data: { windowDays: 30 } });

  test('a request overrides single keys and keeps the rest', () => {
    const resolved = resolveRunConfig(base, { training: { seed: 5 } });
    expect(resolved.data?.training).toEqual({ ...base.training, seed: 5 });
    expect(resolved.data?.data).toEqual(base.data);
  });

  test('a key that does not exist is refused', () => {
    const resolved = resolveRunConfig(base, { training: { learning_rate: 1 } });
    expect(resolved.success).toBe(false);
    expect(resolved.error?.issues[0]?.path).toEqual(['training']);
  });
});

describe('force', () => {
  const base = configSchema.parse({});
  const forceOf = (force: unknown) => {
    const request = trainingRunRequestSchema.safeParse({ force });
    if (!request.success) return 'refused';
    const resolved = resolveRunConfig(base, request.data);
    return resolved.success ? (resolved.data.force ?? 'absent') : 'invalid';
  };

  test('is true, or who and why; false and nothing are the same', () => {
    expect([true, ' Ann: renumbered ', false, undefined].map(forceOf)).toEqual([
      true,
      'Ann: renumbered',
      'absent',
      'absent',
    ]);
    expect(['', '  ', 'x'.repeat(201), 1, null].map(forceOf)).toEqual(new Array(5).fill('refused'));
  });

  test('changes what the request is, but only where it is asked for', () => {
    const plain = resolveRunConfig(base, {});
    expect(Object.keys(plain.data ?? {})).not.toContain('force');
    expect(resolveRunConfig(base, { force: false }).data).toEqual(plain.data);
    // A configuration that carries it hands it on to nobody.
    expect(resolveRunConfig({ ...plain.data!, force: true }, {}).data).toEqual(plain.data);
    expect(configSchema.safeParse({ force: true }).success).toBe(false);
  });
});
