import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { EventInput } from '@sommelier/contracts';
import fc from 'fast-check';
import { eventKey } from './event-key.ts';

const id = fc.string({
  unit: fc.constantFrom('a', 'A', '1', ':', ' ', '2', 'ü', '\u{1F377}'),
  minLength: 1,
  maxLength: 4,
});
const anyEvent: fc.Arbitrary<EventInput> = fc
  .record({
    timestampMs: fc.integer({ min: 0, max: 30 }),
    userId: id,
    itemId: id,
    type: fc.constantFrom('view', 'v', 'view1'),
    transactionId: fc.option(id, { nil: undefined }),
  })
  .map(({ transactionId, ...event }) => (transactionId === undefined ? event : { ...event, transactionId }));

const fields = (event: EventInput) =>
  JSON.stringify([event.timestampMs, event.userId, event.itemId, event.type, event.transactionId ?? null]);

describe('eventKey', () => {
  test('is the beginning of SHA-256 over the fields, each with its length in front', () => {
    const event = { timestampMs: 12, userId: 'u:1', itemId: 'ü', type: 'view', transactionId: '7' };
    const whole = createHash('sha256').update('fields 12 4:view3:u:11:ü1:7').digest('hex');
    expect(eventKey(event)).toBe(whole.slice(0, 32));
  });

  test('two events have the same key exactly when all fields are equal', () => {
    fc.assert(
      fc.property(anyEvent, anyEvent, (a, b) => {
        expect(eventKey(a) === eventKey(b)).toBe(fields(a) === fields(b));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  test('a boundary that moves from one field to the next is another event', () => {
    const key = (userId: string, itemId: string) =>
      eventKey({ timestampMs: 1, userId, itemId, type: 'view' });
    expect(key('1', '1:12')).not.toBe(key('11:1', '2'));
    expect(key('ab', 'c')).not.toBe(key('a', 'bc'));
  });
});
