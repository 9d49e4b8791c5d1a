import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { parseOptions } from './options.ts';

describe('options of the growth benchmark', () => {
  test('without more than a file, all five sizes with one epoch of the network of the paper', () => {
    expect(parseOptions(['--json', 'out.json'])).toEqual({
      json: 'out.json',
      sizes: [0.1, 1, 3, 10, 30],
      keep: undefined,
      engine: 'auto',
      preset: 'paper',
      epochs: 1,
    });
  });

  test('sizes ascend, each once', () => {
    const options = parseOptions(['--json', 'a', '--sizes', '3,0.1,3,1', '--keep', 'dir', '--epochs', '2']);
    expect(options).toMatchObject({ sizes: [0.1, 1, 3], keep: 'dir', epochs: 2 });
  });

  test('asks for help', () => {
    expect(parseOptions(['--help'])).toBe('help');
  });

  test.each([
    [[], '--json is needed'],
    [['--json', 'a', '--sizes', '1,,3'], '--sizes: "" is not a number'],
    [['--json', 'a', '--sizes', '0'], '--sizes: 0 is not'],
    [['--json', 'a', '--sizes', '1000'], '--sizes: 1000 is not'],
    [['--json', 'a', '--epochs', '1.5'], '--epochs: 1.5 is not a whole number'],
    [['--json', 'a', '--epochs', 'many'], '--epochs: "many" is not a number'],
    [['--json', 'a', '--preset', 'worst'], '--preset: "worst" is not one of fast, best, paper'],
    [['--json', 'a', '--size', '1'], "Unknown option '--size'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
