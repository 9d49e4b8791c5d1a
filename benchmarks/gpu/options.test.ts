import { expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { parseOptions } from './options.ts';

test('without arguments: MovieLens-1M by four batch sizes, on a real GPU only', () => {
  expect(parseOptions([])).toEqual({
    json: undefined,
    engine: 'auto',
    batchSizes: [4_096, 16_384, 65_536, 262_144],
    pairs: 994_169,
    seconds: 5,
    factors: 8,
    layers: [64, 32, 16, 8],
    python: 'python3',
    torch: true,
    software: false,
  });
  expect(parseOptions(['--help'])).toBe('help');
});

test('arguments are checked', () => {
  expect(
    parseOptions(['--engine', 'webgpu', '--layers', 'none', '--batch-sizes', '64', '--no-torch']),
  ).toMatchObject({ engine: 'webgpu', layers: [], batchSizes: [64], torch: false });
  for (const wrong of [
    ['--engine', 'wasm'],
    ['--batch-sizes', '64,'],
    ['--batch-sizes', '2000000'],
    ['--layers', '7,3'],
    ['--seconds', '0'],
    ['--pairs', '1e9'],
    ['--unknown'],
  ]) {
    expect(() => parseOptions(wrong)).toThrow(UsageError);
  }
});
