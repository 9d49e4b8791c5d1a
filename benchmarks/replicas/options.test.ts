import { expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { parseOptions } from './options.ts';

test('twenty replicas are asked twenty times of each kind unless told otherwise', () => {
  expect(parseOptions(['--json', 'x'])).toEqual({ json: 'x', replicas: 20, activations: 20, seed: 42 });
  expect(parseOptions(['--help'])).toBe('help');
});

test.each([
  [[], '--json is needed'],
  [['--json', 'x', '--replicas', '0'], 'at least 1'],
  [['--json', 'x', '--activations', 'many'], 'is not a number'],
])('%j: %s', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
