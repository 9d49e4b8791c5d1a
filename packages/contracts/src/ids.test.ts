import { describe, expect, test } from '@jest/globals';
import { idProblem, idSchema } from './ids.ts';

describe('idProblem', () => {
  test.each(['1', '257597', 'user@shop', 'Ünïcödé', '\u{1F377}'.repeat(64), 'a b', 'ﬀ'])(
    'accepts %j',
    (id) => {
      expect(idProblem(id)).toBeUndefined();
    },
  );

  test.each([
    ['', 'empty'],
    [' a', 'white space'],
    ['a\t', 'white space'],
    ['a\u00a0', 'white space'],
    ['a\0b', 'NUL'],
    ['\ud800', 'well-formed'],
    ['x'.repeat(65), 'longer'],
    ['\u{1F377}'.repeat(65), 'longer'],
    ['x'.repeat(10_000), 'longer'],
  ])('refuses %j', (id, reason) => {
    expect(idProblem(id)).toContain(reason);
    expect(idSchema.safeParse(id).success).toBe(false);
  });
});
