import { describe, expect, it, jest } from '@jest/globals';
import {
  createExactRanker,
  createItemScorer,
  createPersonalizer,
  type Model,
  userEmbedding,
} from '@sommelier/ncf';
import fc from 'fast-check';
import { randomModel } from '../../../../packages/ncf/src/model-file/testing/random-model.ts';
import { createScoring } from './model-scoring.ts';
import type { ScoreRequest, ScoreResult } from './scoring-protocol.ts';

jest.setTimeout(60_000);

const USERS = 6;
const ITEMS = 37;
const models = [
  randomModel({ userCount: USERS, itemCount: ITEMS, factors: 4, layers: [8, 4] }),
  randomModel({ userCount: USERS, itemCount: ITEMS, factors: 2, layers: [] }, 3, 7),
].map((model) => {
  const personalizer = createPersonalizer(model);
  const ranker = createExactRanker(model.parameters);
  return { model, personalizer, score: createScoring({ model, ranker, personalizer }) };
});

type Scored = (typeof models)[number];

/** Scores of all items by the way of the request's user, in float64. */
function allScores({ model, personalizer }: Scored, { userId, events, nowMs }: ScoreRequest) {
  const known = model.userIds.indexOf(userId ?? '');
  const personal = personalizer.personalize({
    events: events.map((event) => ({ ...event, itemIndex: model.itemIds.indexOf(event.itemId) })),
    nowMs,
  });
  const user = known >= 0 ? userEmbedding(model.parameters, known) : personal.user;
  if (user === undefined) return { strategy: 'popular', scores: [...model.itemPopularity] };
  const scorer = createItemScorer(model.parameters);
  scorer.setUser(user);
  const scores = Array.from({ length: ITEMS }, (_, item) => scorer.score(item));
  if (known >= 0) return { strategy: 'personalized', scores };
  for (const [at, item] of personal.evidence.items.entries()) scores[item]! += personal.evidence.values[at]!;
  return { strategy: 'folded-in', scores };
}

/** The answer by its definition: everything is sorted, then walked. */
function bruteForce(of: Scored, request: ScoreRequest): ScoreResult {
  const { model } = of;
  const { strategy, scores } = allScores(of, request);
  const seen = historyOf(model, request);
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
    strategy: strategy as ScoreResult['strategy'],
    items: items.slice(0, request.n).map(({ itemId, score }) => ({ itemId, score })),
  };
}

function historyOf(model: Model, { userId, excludeHistory }: ScoreRequest): Set<number> {
  const user = model.userIds.indexOf(userId ?? '');
  if (user < 0 || !excludeHistory) return new Set();
  return new Set(model.history.items.subarray(model.history.offsets[user], model.history.offsets[user + 1]));
}

const itemId = fc.nat(ITEMS - 1).map((item) => `i${String(item).padStart(7, '0')}`);
const request: fc.Arbitrary<ScoreRequest> = fc.record({
  userId: fc.oneof(
    fc.constant(undefined),
    fc.nat(USERS - 1).map((user) => `u${String(user).padStart(7, '0')}`),
  ),
  events: fc.array(fc.record({ itemId, weight: fc.constantFrom(1, 3), timestampMs: fc.nat(9) }), {
    maxLength: 3,
  }),
  nowMs: fc.constant(10),
  n: fc.integer({ min: 1, max: 50 }),
  excludeHistory: fc.boolean(),
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
      fc.property(fc.constantFrom(...models), request, (of, one) => {
        const result = of.score(one);
        strategies.add(result.strategy);
        expect(result).toEqual(bruteForce(of, one));
      }),
      { numRuns: 1_000 },
    );
    expect([...strategies].sort()).toEqual(['folded-in', 'personalized', 'popular']);
  });
});
