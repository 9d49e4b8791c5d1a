import { describe, expect, test } from '@jest/globals';
import { configSchema, runConfigSchema } from './config.ts';
import { resolveRunConfig } from './training-run.ts';

describe('configSchema', () => {
  test('an empty file is the rules of the original system and the smallest network of the paper', () => {
    const config = configSchema.parse({});
    expect(config.data).toMatchObject({ minEvents: 3, outlierDeviations: 2, minDistinctItems: 2 });
    expect(config.data.weights).toEqual({ view: 1, addtocart: 2, transaction: 3 });
    expect(config.model).toEqual({ factors: 8, layers: [64, 32, 16, 8] });
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
  ])('refuses %j and names the place', (input, path) => {
    const parsed = configSchema.safeParse(input);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.path.join('.')).toBe(path);
  });
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
