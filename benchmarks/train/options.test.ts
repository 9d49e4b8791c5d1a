import { expect, test } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { parseOptions } from './options.ts';

test('without options it measures three rounds and compares learning over three seeds', () => {
  expect(parseOptions(['--json', 'out.json'])).toEqual({
    json: 'out.json',
    seconds: 3,
    warm: 2,
    rounds: 3,
    cells: /(?:)/,
    node: undefined,
    python: undefined,
    qualityEpochs: 6,
    qualitySeeds: [42, 43, 44],
    quick: false,
  });
});

test('--quick shortens what is not said otherwise', () => {
  expect(parseOptions(['--json', 'out.json', '--quick', '--rounds', '2'])).toMatchObject({
    quick: true,
    rounds: 2,
    seconds: 0.5,
    qualityEpochs: 1,
    qualitySeeds: [42],
  });
});

test('help needs nothing else', () => {
  expect(parseOptions(['--help'])).toBe('help');
});

test.each([
  [[], /--json is needed/],
  [['--json', 'f', '--seconds', 'x'], /--seconds: "x"/],
  [['--json', 'f', '--seconds', ''], /--seconds/],
  [['--json', 'f', '--warm', '-1'], /--warm/],
  [['--json', 'f', '--rounds', '0'], /--rounds/],
  [['--json', 'f', '--rounds', '1.5'], /--rounds: "1.5" is not a whole number/],
  [['--json', 'f', '--cells', '('], /--cells/],
  [['--json', 'f', '--colour'], /--colour/],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
