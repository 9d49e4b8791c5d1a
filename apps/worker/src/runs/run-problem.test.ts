import { describe, expect, test } from '@jest/globals';
import { ERRORS, type ErrorCode, problemSchema, SommelierError } from '@sommelier/contracts';
import { failureOf, nextStep } from './run-problem.ts';

describe('failureOf', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])(
    '%s keeps its code and is retried as the table says',
    (code) => {
      const { problem, retryable } = failureOf(new SommelierError(code, 'What is wrong.'));
      expect(problemSchema.parse(problem)).toEqual({
        type: `urn:sommelier:error:${code}`,
        title: ERRORS[code].title,
        status: ERRORS[code].status,
        detail: 'What is wrong.',
        code,
      });
      expect(retryable).toBe(ERRORS[code].retryable);
    },
  );

  test('what nobody foresaw is internal, and tried again', () => {
    expect(failureOf(new TypeError('x is not a function'))).toMatchObject({
      problem: { code: 'internal', detail: 'x is not a function' },
      retryable: true,
    });
    expect(failureOf('just text').problem.detail).toBe('just text');
  });

  test('an error of ours with a code that this version does not know is internal', () => {
    const unknown = Object.assign(new Error('later'), { name: 'SommelierError', code: 'not-yet-invented' });
    expect(failureOf(unknown).problem.code).toBe('internal');
  });

  test('a detail cannot fill the row', () => {
    expect(failureOf(new Error('x'.repeat(100_000))).problem.detail).toHaveLength(2_000);
  });
});

describe('nextStep', () => {
  const retryable = failureOf(new SommelierError('artifact-store', 'The disk is full.'));
  const hopeless = failureOf(new SommelierError('all-filtered', 'Nobody is left.'));

  test.each([
    [retryable, 0, false, 'Attempt 1 of 3 failed [artifact-store]: The disk is full. Another one follows.'],
    [retryable, 1, false, 'Attempt 2 of 3 failed [artifact-store]: The disk is full. Another one follows.'],
    [retryable, 2, true, 'Attempt 3 of 3 failed [artifact-store]: The disk is full. It was the last one.'],
    [
      hopeless,
      0,
      true,
      'Attempt 1 of 3 failed [all-filtered]: Nobody is left. Another attempt would not help.',
    ],
  ])('%#', (failure, attemptsMade, isFinal, line) => {
    expect(nextStep(failure, { attemptsMade, attempts: 3 })).toEqual({ isFinal, line });
  });
});
