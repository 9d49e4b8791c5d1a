import { expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { CELLS, usersOf } from './cells.ts';
import { parseOptions } from './options.ts';

test('ten thousand users are shared out among all models', () => {
  const options = parseOptions(['--json', 'out.json']);
  if (options === 'help') throw new Error('no help was asked for');
  expect(options).toMatchObject({ users: 10_000, times: true, seed: 42 });
  expect(options.cells.reduce((total, cell) => total + usersOf(cell, options.users), 0)).toBe(10_000);
  expect(usersOf(CELLS[4]!, 1)).toBe(1);
});

test.each([
  [[], '--json is needed'],
  [['--json', 'x', '--models', 'paper,huge'], 'there is no huge'],
  [['--json', 'x', '--users', '0'], 'at least 1'],
])('%j: %s', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
