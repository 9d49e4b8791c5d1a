import { expect, test } from '@jest/globals';
import { numberOf, wholeOf } from './option-values.ts';
import { UsageError } from './usage-error.ts';

test('numbers are taken as they are, and refused by the name of their option', () => {
  expect(numberOf('l2', '1e-6')).toBe(1e-6);
  expect(numberOf('l2', '-3')).toBe(-3);
  expect(wholeOf('threads', '2', 1, 64)).toBe(2);
  const refusals: [() => number, string][] = [
    [() => numberOf('l2', ''), '--l2: "" is not a number'],
    [() => numberOf('l2', 'many'), '--l2: "many" is not a number'],
    [() => numberOf('seconds', '0', 0.1), '--seconds: "0" is not a number of at least 0.1'],
    [() => wholeOf('threads', '1.5', 1), '--threads: "1.5" is not a whole number'],
    [() => wholeOf('threads', '65', 1, 64), '--threads: 65 is more than 64'],
  ];
  for (const [attempt, message] of refusals) {
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(message);
  }
});
