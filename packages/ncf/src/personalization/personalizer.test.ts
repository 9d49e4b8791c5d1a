import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildItemToItem } from '../item-to-item/build-item-to-item.ts';
import { modelFrom } from '../model-file/model.ts';
import { randomInteractions, randomParameters } from '../model-file/testing/random-model.ts';
import { createExactRanker } from '../ranking/exact-ranker.ts';
import { createPersonalizer, type Personalization, type PersonalizeRequest } from './personalizer.ts';

const ITEMS = 40;
const interactions = randomInteractions(12, ITEMS, 6);
const itemToItem = buildItemToItem({ ...interactions, itemCount: ITEMS });
const parameters = randomParameters({ userCount: 12, itemCount: ITEMS, factors: 5, layers: [6, 4] });
const model = modelFrom(interactions, parameters, { itemToItem });
const personalizer = createPersonalizer(model);
const ranker = createExactRanker(parameters);
const NOW_MS = 1_700_000_000_000;
const event = (itemIndex: number, weight = 1, ageMs = 0) => ({
  itemIndex,
  weight,
  timestampMs: NOW_MS - ageMs,
});
const ask = (request: Omit<PersonalizeRequest, 'nowMs'>) =>
  personalizer.personalize({ ...request, nowMs: NOW_MS });

function numbersOf({ user, evidence }: Personalization): number[] {
  const embedding = typeof user === 'object' ? [...user.gmf, ...user.mlp] : [];
  return [...embedding, ...Array.from(evidence.values)];
}

const anyEvent = fc.record({
  itemIndex: fc.nat({ max: ITEMS - 1 }),
  weight: fc.oneof(
    fc.constantFrom(1, 2, 3, Number.MIN_VALUE, 1e-300, 1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY),
    fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
  ),
  timestampMs: fc.oneof(
    fc.constantFrom(NOW_MS, NOW_MS - 1, 0, NOW_MS + 86_400_000),
    fc.integer({ min: 0, max: NOW_MS }),
  ),
});
const anyUser = fc.option(fc.nat({ max: 11 }), { nil: undefined });

describe('personalize', () => {
  test('somebody new is folded in from one event, and ranked', () => {
    const { user, evidence, strategy } = ask({ events: [event(7)] });
    expect(strategy).toBe('folded-in');
    expect(Array.from(evidence.items)).toContain(7);
    const ranked = ranker.topN({ user: user!, n: 10, evidence });
    expect(ranked).toHaveLength(10);
    expect(ranked[0]!.itemIndex).toBe(7);
  });

  test('without a row and an event nothing is known; a known user without newer events keeps the trained row', () => {
    expect(ask({ events: [] })).toEqual({
      user: undefined,
      evidence: { items: new Uint32Array(), values: new Float64Array() },
      strategy: 'folded-in',
    });
    expect(ask({ userIndex: 3, events: [] })).toMatchObject({ user: 3, strategy: 'personalized' });
    const own = model.history.items[model.history.offsets[3]!]!;
    const strength = model.history.strengths[model.history.offsets[3]!]!;
    expect(ask({ userIndex: 3, events: [event(own, strength)] }).user).toBe(3);
  });

  test('newer events move a known user towards their items', () => {
    const seen = model.history.items.subarray(model.history.offsets[3]!, model.history.offsets[4]!);
    const item = Array.from({ length: ITEMS }, (_, index) => index).find((index) => !seen.includes(index))!;
    const { user, strategy } = ask({ userIndex: 3, events: [event(item)] });
    expect(strategy).toBe('personalized');
    expect(ranker.scoreItem(user!, item)).toBeGreaterThan(ranker.scoreItem(3, item));
  });

  test('an older event moves less than a newer one', () => {
    const shift = (ageMs: number) => {
      const { user } = ask({ userIndex: 3, events: [event(11, 3, ageMs), event(12, 1e-6)] });
      return Math.abs(ranker.scoreItem(user!, 11) - ranker.scoreItem(3, 11));
    };
    expect(shift(90 * 86_400_000)).toBeLessThan(shift(0) / 2);
  });

  test('whoever comes back after years is known by what they did then', () => {
    const years = 3_000 * 86_400_000;
    const did = (agoMs: number) => ask({ events: [event(7, 1, agoMs), event(9, 2, agoMs + 86_400_000)] });
    expect(did(years)).toEqual(did(0));
    expect(numbersOf(did(years)).some((number) => Math.abs(number) > 0.1)).toBe(true);
  });

  test('an event of tomorrow, from a clock that is wrong, does not make those of today old', () => {
    const { evidence } = ask({ events: [event(7), event(9, 1, -3_000 * 86_400_000)] });
    const alone = ask({ events: [event(7, 1, 1), event(9)] }).evidence;
    expect(Array.from(evidence.items)).toEqual(Array.from(alone.items));
    for (const [place, value] of Array.from(evidence.values).entries())
      expect(value).toBeCloseTo(alone.values[place]!, 6);
  });

  test('is finite whatever the weights and times are, and a ranker takes it', () => {
    fc.assert(
      fc.property(anyUser, fc.array(anyEvent, { maxLength: 30 }), (userIndex, events) => {
        const answer = ask({ userIndex, events });
        for (const number of numbersOf(answer)) expect(Number.isFinite(number)).toBe(true);
        if (answer.user === undefined) return;
        const ranked = ranker.topN({ user: answer.user, n: ITEMS, evidence: answer.evidence });
        for (const { score } of ranked) expect(Number.isFinite(score)).toBe(true);
      }),
    );
  });

  test('does not depend on the order in which the events are handed over, and repeats itself', () => {
    const shuffled = fc
      .array(anyEvent, { maxLength: 20 })
      .chain((events) =>
        fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
      );
    fc.assert(
      fc.property(anyUser, shuffled, (userIndex, [events, others]) => {
        const answer = ask({ userIndex, events });
        expect(ask({ userIndex, events: others })).toEqual(answer);
        expect(createPersonalizer(model).personalize({ userIndex, events, nowMs: NOW_MS })).toEqual(answer);
      }),
    );
  });

  test('without strengths in the training all types count alike for the row', () => {
    const unweighted = createPersonalizer(model, { strengthWeight: 'none' });
    const userOf = (weight: number) =>
      unweighted.personalize({ events: [event(7, weight), event(9)], nowMs: NOW_MS }).user;
    expect(userOf(3)).toEqual(userOf(1));
    expect(ask({ events: [event(7, 3), event(9)] }).user).not.toEqual(
      ask({ events: [event(7), event(9)] }).user,
    );
  });

  test('a thousand events on one item are one item', () => {
    const { user } = ask({ events: Array.from({ length: 1_000 }, () => event(7)) });
    expect(user).toEqual(ask({ events: [event(7)] }).user);
  });

  test.each<[string, Omit<PersonalizeRequest, 'nowMs'>]>([
    ['there is no user 12', { userIndex: 12, events: [] }],
    ['there is no item 40', { events: [event(40)] }],
    ['there is no item 1.5', { events: [event(1.5)] }],
    ['has the weight 0', { events: [event(1, 0)] }],
    ['has the weight NaN', { events: [event(1, Number.NaN)] }],
    ['has the time -Infinity', { events: [event(1, 1, Number.POSITIVE_INFINITY)] }],
  ])('refuses: %s', (message, request) => {
    expect(() => ask(request)).toThrow(RangeError);
    expect(() => ask(request)).toThrow(message);
  });
});
