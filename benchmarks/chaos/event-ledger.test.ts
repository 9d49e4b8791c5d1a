import { expect, it } from '@jest/globals';
import { EventLedger, type SentEvent } from './event-ledger.ts';

const event = (userId: string): SentEvent => ({ eventId: `e-${userId}`, userId, itemId: 'i' });
const row = (userId: string, rows = 1) => ({ userId, itemId: 'i', rows });

it('tells what is lost, doubled and strange, and asks nothing of an event without an answer', () => {
  const ledger = new EventLedger();
  ledger.sent([
    event('kept'),
    event('gone'),
    event('twice'),
    event('unanswered'),
    event('stored-unanswered'),
  ]);
  ledger.acknowledged([event('kept'), event('gone'), event('twice')]);
  const stored = [row('kept'), row('twice', 2), row('stored-unanswered'), row('from-nowhere')];
  expect(ledger.compare(ledger.promises(), stored)).toEqual({
    lost: ['gone i'],
    doubled: ['twice i: 2 rows'],
    strange: ['from-nowhere i'],
  });
  expect(ledger.acknowledgedCount).toBe(3);
});

it('does not ask for what was acknowledged after the rows were read', () => {
  const ledger = new EventLedger();
  ledger.sent([event('late')]);
  const promised = ledger.promises();
  ledger.acknowledged([event('late')]);
  expect(ledger.compare(promised, []).lost).toEqual([]);
});
