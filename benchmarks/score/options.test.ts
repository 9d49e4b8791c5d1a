import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { cellsOf, nameOf } from './cells.ts';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  test('measures all cells by default', () => {
    const options = parseOptions(['--json', 'out.json']);
    if (options === 'help') throw new Error('no help was asked for');
    expect(options).toMatchObject({ seconds: 3, build: undefined, node: process.execPath, seed: 42 });
    expect(cellsOf(options.items, options.factors).map(nameOf)).toEqual([
      '3706 items, 8 factors, layers 64-32-16-8',
      '235061 items, 8 factors, layers 64-32-16-8',
      '1000000 items, 8 factors, layers 64-32-16-8',
      '3706 items, 64 factors, layers 256-128-64',
      '235061 items, 64 factors, layers 256-128-64',
      '1000000 items, 64 factors, layers 256-128-64',
    ]);
  });

  test.each([
    [[], '--json is needed'],
    [['--json', 'x', '--factors', '9'], '9 is none of 8, 64'],
    [['--json', 'x', '--items', '10,a'], '"a" is not a number'],
    [['--json', 'x', '--items', '1.5'], 'not a whole number'],
    [['--json', 'x', '--build', 'fast'], 'neither simd nor'],
    [['--json', 'x', '--seconds', '0'], 'at least 0.05'],
    [['--json', 'x', '--what'], "Unknown option '--what'"],
  ])('%j: %s', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
