import { expect, it } from '@jest/globals';
import { answering, TINY_TRAINED_UNTIL_MS, tinyScoring } from '../testing/tiny-model.ts';
import type { SimilarResult, TopRequest, TopResult } from './scoring-protocol.ts';

const score = answering(tinyScoring());

function ask(request: Partial<TopRequest>): TopResult {
  const nothing = { events: [], nowMs: 5_000, n: 10, excludeHistory: false, excludedItemIds: [] };
  return score({ ...nothing, ...request }) as TopResult;
}

const ids = (result: TopResult | SimilarResult) => result.items.map(({ itemId }) => itemId);
const did = (itemId: string, timestampMs: number) => ({ itemId, weight: 1, timestampMs });
/** Items 0, 3, 4, 5 and 9. */
const ELIGIBLE = Uint8Array.of(0b0011_1001, 0b10);

it('ranks a user of the model, somebody new, and somebody of whom nothing is known', () => {
  const known = ask({ userId: 'u0', n: 3 });
  expect([known.strategy, ids(known), known.items[0]!.score]).toEqual([
    'personalized',
    ['i0', 'i1', 'i2'],
    10,
  ]);
  expect(ask({ userId: 'new', events: [did('i2', 1)] }).strategy).toBe('folded-in');
  const popular = ask({ userId: 'new', events: [did('unknown', 1)], n: 2 });
  expect(popular).toEqual({
    strategy: 'popular',
    items: [
      { itemId: 'i4', score: 2 },
      { itemId: 'i7', score: 1 },
    ],
  });
});

it('moves a user of the model from the first event on that is newer than the model', () => {
  const plain = ask({ userId: 'u1' });
  expect(ask({ userId: 'u1', events: [did('i0', TINY_TRAINED_UNTIL_MS)] })).toEqual(plain);
  const moved = ask({ userId: 'u1', events: [did('i0', TINY_TRAINED_UNTIL_MS + 1)] });
  expect(moved.strategy).toBe('personalized');
  expect([ids(plain).at(-1), ids(moved)[0]]).toEqual(['i0', 'i0']);
});

it('leaves out what is not eligible, named, in the events or in the history, whatever the strategy', () => {
  for (const userId of ['u0', 'u1', 'new']) {
    const result = ask({ userId, eligible: ELIGIBLE, excludedItemIds: ['i0', 'unknown'] });
    expect(ids(result).sort()).toEqual(['i3', 'i4', 'i5', 'i9']);
  }
  const events = [did('i3', 1), did('unknown', 1)];
  const unseen = ask({ userId: 'u0', eligible: ELIGIBLE, events, excludeEvents: true, excludeHistory: true });
  expect(ids(unseen)).toEqual(['i0', 'i5', 'i9']);
  const stranger = ask({ eligible: ELIGIBLE, events, excludeEvents: true, excludeHistory: true });
  expect(ids(stranger).sort()).toEqual(['i0', 'i4', 'i5', 'i9']);
});

it('takes at most so many of one group, and any number of none', () => {
  const groups = Uint32Array.of(1, 1, 1, 2, 0, 0, 2, 2, 0, 1);
  const variety = { groups, maxPerGroup: 2 };
  expect(ids(ask({ userId: 'u0', n: 6, variety }))).toEqual(['i0', 'i1', 'i3', 'i4', 'i5', 'i6']);
  expect(ids(ask({ userId: 'u0', n: 9, variety }))).toEqual(['i0', 'i1', 'i3', 'i4', 'i5', 'i6', 'i8']);
  expect(ids(ask({ n: 2, variety: { groups: groups.fill(3), maxPerGroup: 1 } }))).toEqual(['i4']);
});

it('says what keeps an item out, the first part that does, and its place otherwise', () => {
  const asked = {
    userId: 'u0',
    n: 0,
    eligible: ELIGIBLE,
    excludedItemIds: ['i0', 'i1', 'i4'],
    excludeHistory: true,
  };
  const place = (placeOf: string) => ask({ ...asked, placeOf }).place;
  expect(place('i1')).toEqual({ removedBy: 'ineligible' });
  expect(place('i4')).toEqual({ removedBy: 'exclude' });
  expect(ask({ ...asked, excludedItemIds: [], placeOf: 'i4' }).place).toEqual({ removedBy: 'seen' });
  expect(place('unknown')).toEqual({ removedBy: 'not-in-model' });
  expect(place('i9')).toEqual({ removedBy: null, rank: 3, score: 1 });
  expect(ask({ ...asked, userId: 'new', placeOf: 'i9' }).place).toEqual({
    removedBy: null,
    rank: 3,
    score: 0,
  });
});

it('counts of the catalogue what each part removes, an item for the first one', () => {
  const { explained } = ask({
    userId: 'u1',
    explain: true,
    eligible: ELIGIBLE,
    excludedItemIds: ['i0', 'i4', 'i8'],
    excludeHistory: true,
    excludeEvents: true,
    events: [did('i4', 1), did('i5', 1)],
  });
  expect(explained!.counts).toEqual({ items: 10, eligible: 2, exclude: 2, seen: 1 });
});

it('lists similar items among the eligible ones', () => {
  const request = {
    kind: 'similar' as const,
    itemId: 'i4',
    n: 3,
    eligible: ELIGIBLE,
    excludedItemIds: ['i0'],
  };
  // All embeddings point the same way.
  expect(score(request)).toEqual({
    kind: 'similar',
    isKnown: true,
    items: ['i3', 'i5', 'i9'].map((itemId) => ({ itemId, score: 1, source: 'embedding' })),
  });
  expect(score({ ...request, itemId: 'unknown' })).toEqual({ kind: 'similar', isKnown: false, items: [] });
});
