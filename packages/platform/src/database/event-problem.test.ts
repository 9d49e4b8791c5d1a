import { describe, expect, test } from '@jest/globals';
import { type EventInput, eventSchema } from '@sommelier/contracts';
import fc from 'fast-check';
import { eventProblem } from './event-problem.ts';

const event: EventInput = { timestampMs: 1, userId: 'u', itemId: 'i', type: 'view' };

describe('eventProblem', () => {
  test.each([
    [{ timestampMs: -1 }, 'timestamp'],
    [{ timestampMs: 1.5 }, 'timestamp'],
    [{ timestampMs: Number.NaN }, 'timestamp'],
    [{ timestampMs: 8_640_000_000_000_001 }, 'timestamp'],
    [{ userId: '' }, 'user id is empty'],
    [{ itemId: 'x'.repeat(65) }, 'item id is longer'],
    [{ transactionId: ' t' }, 'transaction id begins or ends with white space'],
    [{ type: '9lives' }, 'event type'],
    [{ type: 'a b' }, 'event type'],
  ])('%j', (change, reason) => {
    expect(eventProblem({ ...event, ...change })).toContain(reason);
  });

  test('agrees with the schema of the contracts', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 70 }),
      fc.string({ unit: 'binary', maxLength: 70 }),
      fc.constantFrom('a', ' a', 'a\0', '\ud800', 'x'.repeat(64), 'x'.repeat(65)),
    );
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.constantFrom('view', 'addtocart', '', '-', 'A.b_c-d', 'x'.repeat(33)),
        (u, i, t, type) => {
          const value = { timestampMs: 5, userId: u, itemId: i, type, transactionId: t };
          expect(eventProblem(value) === undefined).toBe(eventSchema.safeParse(value).success);
        },
      ),
      { numRuns: 2_000, seed: 2 },
    );
  });
});
