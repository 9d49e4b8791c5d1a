import { expect, it } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { FAULT_KINDS } from './fault.ts';
import { parseOptions } from './options.ts';

it('has defaults for all but the file', () => {
  expect(parseOptions(['--json', 'f'])).toEqual({
    mode: 'rounds',
    json: 'f',
    logs: undefined,
    seed: 1,
    rounds: 36,
    kinds: FAULT_KINDS,
    onlyRound: undefined,
    resume: false,
    lockMs: 5_000,
  });
  expect(parseOptions(['--short-jobs', '--json', 'f', '--kills', '10'])).toMatchObject({
    mode: 'short-jobs',
    kills: 10,
    redisKills: 200,
  });
  expect(parseOptions(['--stalls', '--json', 'f', '--minutes', '0.5'])).toMatchObject({
    mode: 'stalls',
    minutes: 0.5,
    lockMs: 20_000,
  });
  expect(parseOptions(['--help'])).toBe('help');
});

it('takes kinds in the order of the list, whatever the order they are named in', () => {
  expect(parseOptions(['--json', 'f', '--kinds', 'poison,kill-api'])).toMatchObject({
    kinds: ['kill-api', 'poison'],
  });
});

it.each([
  [[], '--json is needed'],
  [['--json', 'f', '--kinds', 'flood'], '--kinds: "flood" is not one of'],
  [['--json', 'f', '--rounds', '0'], '--rounds'],
  [['--json', 'f', '--only-round', '3', '--resume'], 'exclude each other'],
])('refuses %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
