import { expect, test } from '@jest/globals';
import { buildItemToItem } from '../item-to-item/build-item-to-item.ts';
import { modelFrom } from '../model-file/model.ts';
import { randomInteractions, randomParameters } from '../model-file/testing/random-model.ts';
import { createExactRanker } from '../ranking/exact-ranker.ts';
import { itemContributions, MAX_CARRIERS, MAX_EXPLAINING_ITEMS } from './contributions.ts';
import { createPersonalizer } from './personalizer.ts';

const NOW_MS = 1_700_000_000_000;

/** One factor, y = [1, 2, -1], and no MLP branch. */
function tiny() {
  const model = modelFrom(
    { ...randomInteractions(2, 3, 1), items: Uint32Array.of(0, 2), strengths: Float32Array.of(1, 1) },
    {
      shape: { userCount: 2, itemCount: 3, factors: 1, layers: [] },
      userGmf: Float32Array.of(1, 1),
      itemGmf: Float32Array.of(1, 2, -1),
      userMlp: new Float32Array(),
      itemMlp: new Float32Array(),
      mlp: [],
      outputWeight: Float32Array.of(1),
      outputBias: Float32Array.of(0.5),
    },
  );
  return {
    ranker: createExactRanker(model.parameters),
    personalizer: createPersonalizer(model, { unobservedWeight: 0.1, regularisation: 0.25, scale: 0 }),
  };
}

test('equals what is computed by hand on one factor', () => {
  const events = [
    { itemIndex: 0, weight: 1, timestampMs: NOW_MS },
    { itemIndex: 1, weight: 1, timestampMs: NOW_MS },
  ];
  const [ofItem1, ofItem2] = itemContributions(tiny(), { events, nowMs: NOW_MS, items: [1, 2] });
  // u = 8 sum y / (0.1 (1 + 4 + 1) + sum y^2 + 0.25 x 8 (items + 0.1 x 3)).
  const both = 24 / (0.6 + 5 + 2 * 2.3);
  const withoutItem0 = 16 / (0.6 + 4 + 2 * 1.3);
  const withoutItem1 = 8 / (0.6 + 1 + 2 * 1.3);
  expect(ofItem1!.map(({ itemIndex }) => itemIndex)).toEqual([1, 0]);
  expect(ofItem1![0]!.contribution).toBeCloseTo(2 * (both - withoutItem1), 5);
  expect(ofItem1![1]!.contribution).toBeCloseTo(2 * (both - withoutItem0), 5);
  // Both own items speak against item 2, whose y is negative.
  expect(ofItem2).toEqual([]);
});

test('of a single event, the score without it is that of somebody of whom nothing is known', () => {
  const events = [{ itemIndex: 1, weight: 1, timestampMs: NOW_MS }];
  const [ofItem0] = itemContributions(tiny(), { events, nowMs: NOW_MS, items: [0] });
  expect(ofItem0).toHaveLength(1);
  expect(ofItem0![0]!.contribution).toBeCloseTo(16 / (0.6 + 4 + 2 * 1.3), 5);
});

test('equals a recomputation of every own item, keeps three of the twenty latest, strongest first', () => {
  const itemCount = 60;
  const interactions = randomInteractions(12, itemCount, 8);
  const itemToItem = buildItemToItem({ ...interactions, itemCount });
  const parameters = randomParameters({ userCount: 12, itemCount, factors: 5, layers: [6, 4] });
  const model = modelFrom(interactions, parameters, { itemToItem });
  const ranker = createExactRanker(parameters);
  const personalizer = createPersonalizer(model);
  const events = Array.from({ length: 30 }, (_, place) => ({
    itemIndex: (place * 7) % 25,
    weight: 1 + (place % 3),
    timestampMs: NOW_MS - place * 3_600_000,
  }));
  const items = [0, 7, 31, 59];
  const scoreOf = (did: typeof events, item: number) => {
    const { user, evidence } = personalizer.personalize({ events: did, nowMs: NOW_MS });
    const place = Array.from(evidence.items).indexOf(item);
    return ranker.scoreItem(user!, item) + (place < 0 ? 0 : evidence.values[place]!);
  };
  const latest = [...new Set(events.map(({ itemIndex }) => itemIndex))].slice(0, MAX_EXPLAINING_ITEMS);
  expect(latest).toHaveLength(20);
  const expected = items.map((item) =>
    latest
      .map((own) => ({
        itemIndex: own,
        contribution:
          scoreOf(events, item) -
          scoreOf(
            events.filter(({ itemIndex }) => itemIndex !== own),
            item,
          ),
      }))
      .filter(({ contribution }) => contribution > 0)
      .sort((a, b) => b.contribution - a.contribution)
      .slice(0, MAX_CARRIERS),
  );
  const actual = itemContributions({ personalizer, ranker }, { events, nowMs: NOW_MS, items });
  expect(actual).toEqual(expected);
  expect(actual[1]![0]!.itemIndex).toBe(7);
});

test('nobody who did anything, nothing that carries', () => {
  expect(itemContributions(tiny(), { events: [], nowMs: NOW_MS, items: [0, 1] })).toEqual([[], []]);
});
