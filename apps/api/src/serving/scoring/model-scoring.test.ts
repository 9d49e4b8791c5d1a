import { describe, expect, it, jest } from '@jest/globals';
import {
  createExactRanker,
  createItemScorer,
  createPersonalizer,
  itemsOfUser,
  type Model,
  userEmbedding,
} from '@sommelier/ncf';
import fc from 'fast-check';
import { idOf, randomModel } from '../testing/random-model.ts';
import { createScoring } from './model-scoring.ts';
import { scoreEach } from './score-each.ts';
import type { TopRequest, TopResult } from './scoring-protocol.ts';

jest.setTimeout(60_000);

const USERS = 6;
const ITEMS = 37;
/** Events are from 0 to 9. */
const TRAINED_UNTIL_MS = 6;
const models = [
  randomModel({ userCount: USERS, itemCount: ITEMS, factors: 4, layers: [8, 4] }, 1),
  randomModel({ userCount: USERS, itemCount: ITEMS, factors: 2, layers: [] }, 7),
].map((model) => {
  const personalizer = createPersonalizer(model);
  const ranker = createExactRanker(model.parameters);
  return {
    model,
    personalizer,
    ranker,
    score: createScoring({ model, ranker, personalizer, trainedUntilMs: TRAINED_UNTIL_MS }),
  };
});

type Scored = (typeof models)[number];

/** Scores of all items by the way of the request's user, in float64. */
function allScores({ model, personalizer }: Scored, { userId, events, nowMs }: TopRequest) {
  const known = model.userIds.indexOf(userId ?? '');
  const isNewer = events.some(({ timestampMs }) => timestampMs > TRAINED_UNTIL_MS);
  const personal = personalizer.personalize({
    userIndex: known < 0 ? undefined : known,
    events:
      known >= 0 && !isNewer
        ? []
        : events.map((event) => ({ ...event, itemIndex: model.itemIds.indexOf(event.itemId) })),
    nowMs,
  });
  const { user, evidence, strategy } = personal;
  if (user === undefined) return { strategy: 'popular' as const, scores: [...model.itemPopularity] };
  const scorer = createItemScorer(model.parameters);
  scorer.setUser(typeof user === 'number' ? userEmbedding(model.parameters, user) : user);
  const scores = Array.from({ length: ITEMS }, (_, item) => scorer.score(item));
  for (let at = 0; at < evidence.items.length; at++) scores[evidence.items[at]!]! += evidence.values[at]!;
  return { strategy, scores };
}

/** The answer by its definition: everything is sorted, then walked. */
function bruteForce(of: Scored, request: TopRequest): TopResult {
  const { model } = of;
  const { strategy, scores } = allScores(of, request);
  const seen = seenOf(model, request);
  const counts = new Map<number, number>();
  const items = scores
    .map((score, item) => ({ item, score, itemId: model.itemIds.idAt(item) }))
    .filter(({ item }) => request.eligible === undefined || (request.eligible[item >> 3]! >> (item & 7)) & 1)
    .filter(({ item, itemId }) => !seen.has(item) && !request.excludedItemIds.includes(itemId))
    .sort((a, b) => b.score - a.score || a.item - b.item)
    .filter(({ item }) => {
      const group = request.variety?.groups[item] ?? 0;
      counts.set(group, (counts.get(group) ?? 0) + 1);
      return group === 0 || counts.get(group)! <= request.variety!.maxPerGroup;
    });
  return {
    strategy,
    items: items.slice(0, request.n).map(({ itemId, score }) => ({ itemId, score })),
  };
}

function seenOf(model: Model, { userId, events, excludeHistory, excludeEvents }: TopRequest): Set<number> {
  const user = model.userIds.indexOf(userId ?? '');
  const seen = new Set<number>(user >= 0 && excludeHistory ? itemsOfUser(model.history, user) : []);
  for (const event of excludeEvents === true ? events : []) seen.add(model.itemIds.indexOf(event.itemId));
  return seen;
}

const itemId = fc.nat(ITEMS - 1).map((item) => idOf('i', item));
const request: fc.Arbitrary<TopRequest> = fc.record({
  userId: fc.oneof(
    fc.constant(undefined),
    fc.nat(USERS - 1).map((user) => idOf('u', user)),
  ),
  events: fc.array(fc.record({ itemId, weight: fc.constantFrom(1, 3), timestampMs: fc.nat(9) }), {
    maxLength: 3,
  }),
  nowMs: fc.constant(10),
  n: fc.integer({ min: 1, max: 50 }),
  excludeHistory: fc.boolean(),
  excludeEvents: fc.boolean(),
  excludedItemIds: fc.array(itemId, { maxLength: 5 }),
  eligible: fc.option(fc.uint8Array({ minLength: 5, maxLength: 5 }), { nil: undefined }),
  variety: fc.option(
    fc.record({
      groups: fc
        .array(fc.nat(4), { minLength: ITEMS, maxLength: ITEMS })
        .map((groups) => Uint32Array.from(groups)),
      maxPerGroup: fc.integer({ min: 1, max: 5 }),
    }),
    { nil: undefined },
  ),
});

describe('createScoring', () => {
  it('answers with exactly the best eligible items, bit by bit a brute force, whatever the strategy', () => {
    const strategies = new Set<string>();
    fc.assert(
      fc.property(fc.nat({ max: models.length - 1 }), request, (index, one) => {
        const of = models[index]!;
        const [result] = scoreEach(of.ranker, of.score, [one]) as [TopResult];
        strategies.add(result.strategy);
        expect(result).toEqual(bruteForce(of, one));
      }),
      { numRuns: 1_000 },
    );
    expect([...strategies].sort()).toEqual(['folded-in', 'personalized', 'popular']);
  });
});
