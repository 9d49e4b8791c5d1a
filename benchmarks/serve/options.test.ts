import { expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { parseOptions } from './options.ts';

test('defaults, and what is given', () => {
  expect(parseOptions(['--json', 'f'])).toMatchObject({ seconds: 5, rate: undefined, swaps: undefined });
  const given = ['--json', 'f', '--cells', 'peer-express', '--rate', '100', '--swaps', '1000'];
  expect(
    parseOptions([...given, '--server-env', 'SCORING_THREADS=2', '--server-env', 'A=b=c']),
  ).toMatchObject({
    cells: [{ name: 'peer-express' }],
    rate: 100,
    swaps: 1_000,
    serverEnvironment: { SCORING_THREADS: '2', A: 'b=c' },
  });
  expect(parseOptions(['--help'])).toBe('help');
  expect(parseOptions(['--list', '--cells', 'swap-*'])).toMatchObject({
    list: [{ name: 'swap-3706-f8' }, { name: 'swap-235061-f8' }],
  });
});

test('wrong command lines are refused with the reason', () => {
  const refusals: [string[], string][] = [
    [[], '--json is needed'],
    [['--json', 'f', '--cells', 'nothing'], 'no cell is called nothing'],
    [['--json', 'f', '--seconds', '0'], '--seconds'],
    [['--json', 'f', '--swaps', '1.5'], '--swaps'],
    [['--json', 'f', '--users', '10'], '--users'],
    [['--json', 'f', '--users', '2000', '--repetitions', '2001'], 'there are 2000 users only'],
    [['--json', 'f', '--server-env', 'lower=1'], 'is not NAME=VALUE'],
    [['--json', 'f', '--what'], '--what'],
  ];
  for (const [args, reason] of refusals) {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(reason);
  }
});
