import { describe, expect, it } from '@jest/globals';
import {
  createExactRanker,
  createPersonalizer,
  createScorer,
  foldInOptionsOf,
  itemsOfUser,
  topNForUser,
  topPopular,
} from '@sommelier/ncf';
import fc from 'fast-check';
import { attachModel } from '../scoring/attach-model.ts';
import type { ScoreRequest, TopResult } from '../scoring/scoring-protocol.ts';
import { fetchedModel, shopModel } from '../testing/shop-model.ts';
import { loadOrRefuse, prepareModel } from './prepare-model.ts';

const model = shopModel();
const fetched = fetchedModel(model, 2);
const shared = prepareModel(fetched);
const together = attachModel(shared, 0);
const alone = attachModel(shared, 1);

const NOW_MS = 1_700_000_000_000;
const plain = { events: [], nowMs: NOW_MS, n: 10, excludeHistory: false, excludedItemIds: [] };
const ids = (items: readonly { itemIndex: number; score: number }[]) =>
  items.map(({ itemIndex, score }) => ({ itemId: model.itemIds.idAt(itemIndex), score }));
const itemId = fc.nat({ max: 210 }).map((item) => `i${String(item).padStart(3, '0')}`);
const anyRequest: fc.Arbitrary<ScoreRequest> = fc.record({
  userId: fc.option(
    fc.nat({ max: 14 }).map((user) => `u${String(user).padStart(3, '0')}`),
    { nil: undefined },
  ),
  events: fc.array(
    fc.record({
      itemId,
      weight: fc.constantFrom(1, 2, 5),
      timestampMs: fc.integer({ min: NOW_MS - 1e9, max: NOW_MS }),
    }),
    { maxLength: 6 },
  ),
  nowMs: fc.constant(NOW_MS),
  n: fc.constantFrom(0, 1, 10, 203, 300),
  excludeHistory: fc.boolean(),
  excludedItemIds: fc.array(itemId, { maxLength: 5 }),
});

describe('a model that was prepared and attached', () => {
  it('ranks its users as the definition does, bit by bit', () => {
    const scorer = createScorer(model.parameters);
    const requests = [0, 5, 11].map((user) => ({
      ...plain,
      userId: model.userIds.idAt(user),
      excludeHistory: true,
    }));
    expect(together(requests)).toEqual(
      [0, 5, 11].map((user) => ({
        strategy: 'personalized',
        items: ids(topNForUser(scorer, user, 10, itemsOfUser(model.history, user))),
      })),
    );
  });

  it('folds people in, and knows what is popular, as a model that computes its own tables', () => {
    const events = [
      { itemId: 'i007', weight: 1, timestampMs: NOW_MS - 5_000 },
      { itemId: 'i150', weight: 3, timestampMs: NOW_MS },
    ];
    const known = events.map((event) => ({ ...event, itemIndex: model.itemIds.indexOf(event.itemId) }));
    const personalizer = createPersonalizer(model, foldInOptionsOf(fetched.manifest));
    const { user, evidence } = personalizer.personalize({ events: known, nowMs: NOW_MS });
    const foldedIn = createExactRanker(model.parameters).topN({ user: user!, n: 10, evidence });
    expect(together([{ ...plain, events }, plain])).toEqual([
      { strategy: 'folded-in', items: ids(foldedIn) },
      { strategy: 'popular', items: ids(topPopular(model, 10)) },
    ]);
  });

  it('answers several requests together as one by one', () => {
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 10 }), (requests) => {
        expect(together(requests)).toEqual(requests.flatMap((request) => alone([request])));
      }),
    );
  });

  it('gives a request that fails its own error, and the others their answers', () => {
    const requests = [
      { ...plain, userId: 'u001' },
      { ...plain, userId: 'u002', n: -1 },
      { ...plain, events: [{ itemId: 'i001', weight: Number.NaN, timestampMs: NOW_MS }] },
      { ...plain, userId: 'u003' },
    ];
    const [first, second, third, fourth] = together(requests);
    expect(first).toEqual(alone([requests[0]!])[0]);
    expect(second).toMatchObject({ error: { code: 'internal' } });
    expect(third).toMatchObject({ error: { code: 'internal' } });
    expect(fourth).toEqual(alone([requests[3]!])[0]);
  });

  it('is warmed up by a request of each kind', () => {
    const answers = together(shared.warmUp) as TopResult[];
    expect(new Set(answers.map(({ strategy }) => strategy))).toEqual(
      new Set(['personalized', 'folded-in', 'popular']),
    );
    expect(answers.every(({ items }) => items.length === 10)).toBe(true);
  });
});

describe('a model that must not be served', () => {
  it('is refused with the reason', () => {
    const flipped = fetchedModel(model);
    const bytes = new Uint8Array(flipped.bytes);
    bytes[bytes.length >> 1]! ^= 1;
    expect(loadOrRefuse(flipped)).toMatchObject({
      type: 'refused',
      error: { code: 'model-file-invalid', message: expect.stringContaining('SHA-256') },
    });
    const { manifest } = fetched;
    const [probe] = manifest.probes;
    const items = probe!.items.map((item) => ({ ...item, score: item.score + 1 }));
    const wrong = { ...fetchedModel(model), manifest: { ...manifest, probes: [{ ...probe!, items }] } };
    expect(loadOrRefuse(wrong)).toMatchObject({ type: 'refused', error: { code: 'model-file-invalid' } });
  });
});
