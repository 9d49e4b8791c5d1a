import { expect, test } from '@jest/globals';
import { coordinateSearch } from './coordinate-search.ts';
import { qualityOf, rankByScores, type SessionScore, scoreSessions } from './next-item.ts';
import { pairedDifference } from './paired-bootstrap.ts';
import { popularityRanker } from './popularity.ts';
import { rankIn } from './served-ranker.ts';
import { SessionKnn } from './session-knn.ts';

const session = (...items: string[]) => ({ items, timestampsMs: items.map((_, step) => step) });

test('every beginning counts, and those with a new next item once more without the own items', () => {
  const asked: string[] = [];
  const ranker = {
    rank(beginning: { items: readonly string[] }, next: string) {
      asked.push(`${beginning.items.join('')}>${next}`);
      return next === 'b' ? { rank: 4, rankUnseen: 2 } : { rank: 21, rankUnseen: 20 };
    },
  };
  const scores = scoreSessions(ranker, [session('a', 'b', 'a'), session('a', 'c')]);
  expect(asked).toEqual(['a>b', 'ab>a', 'a>c']);
  expect(qualityOf(scores)).toEqual({
    hr20: 1 / 3,
    mrr20: 1 / 4 / 3,
    unseenHr20: 1,
    unseenMrr20: (1 / 2 + 1 / 20) / 2,
  });
});

test('a tie counts against what came next', () => {
  const scores = new Map([
    ['a', 3],
    ['b', 2],
    ['c', 2],
    ['d', 1],
  ]);
  expect(rankByScores(scores, session('a'), 'b')).toEqual({ rank: 3, rankUnseen: 2 });
  expect(rankByScores(scores, session('a'), 'x').rank).toBe(Number.POSITIVE_INFINITY);
  const list = [...scores.values()].map((score, itemIndex) => ({ itemIndex, score }));
  expect(rankIn(list, 1)).toBe(3);
  expect(rankIn(list, 0)).toBe(1);
  expect(rankIn(list, 9)).toBe(Number.POSITIVE_INFINITY);
});

test('popularity counts events, with and without the own items', () => {
  const ranker = popularityRanker([session('a', 'a', 'b'), session('c', 'c', 'b', 'c')]);
  expect(ranker.rank(session('c'), 'a')).toEqual({ rank: 3, rankUnseen: 2 });
  expect(ranker.rank(session('c'), 'unknown').rank).toBe(Number.POSITIVE_INFINITY);
});

test('V-SKNN, as computed by hand', () => {
  const knn = new SessionKnn([session('a', 'x', 'b'), session('a', 'y'), session('z', 'b', 'b')]);
  const options = {
    neighbours: 10,
    sample: 10,
    sessionWeight: 'div',
    neighbourWeight: 'linear',
    rareItems: 0,
  } as const;
  // The session is a, b: a has half of b's weight. The first session has both, so its latest common step is b's.
  const scores = knn.scores(['a', 'b'], options);
  expect(scores.get('x')).toBeCloseTo(1.5, 12);
  expect(scores.get('y')).toBeCloseTo(0.5 * 0.9, 12);
  expect(scores.get('z')).toBeCloseTo(1, 12);
  expect(scores.get('b')).toBeCloseTo(1.5 + 1, 12);
  // The nearest one alone; the latest one of the sample; rare items.
  expect([...knn.scores(['a', 'b'], { ...options, neighbours: 1 }).keys()]).toEqual(['a', 'x', 'b']);
  expect([...knn.scores(['a', 'b'], { ...options, sample: 1 }).keys()].sort()).toEqual(['b', 'z']);
  expect(knn.scores(['a'], { ...options, rareItems: 2 }).get('y')).toBeCloseTo(1 + 2 * Math.log(3), 12);
});

test('a search goes on option by option until nothing is better', () => {
  const tried: number[] = [];
  const grid = { a: [1, 2, 3], b: [1, 2, 3] };
  const { best, value } = coordinateSearch(
    { a: 1, b: 1 },
    grid,
    ({ a, b }) => a * b,
    (_, now) => tried.push(now),
  );
  expect({ best, value }).toEqual({ best: { a: 3, b: 3 }, value: 9 });
  // One pass that finds more, and one that does not.
  expect(tried).toEqual([1, 2, 3, 6, 9, 3, 6, 3, 6]);
});

test('the paired interval is that of the difference', () => {
  const score = (hits: number): SessionScore => ({
    beginnings: 2,
    hits,
    reciprocalRanks: hits / 2,
    unseenBeginnings: 0,
    unseenHits: 0,
    unseenReciprocalRanks: 0,
  });
  const ours = Array.from({ length: 50 }, (_, index) => score(1 + (index % 2)));
  const same = pairedDifference(ours, ours, { resamples: 200, seed: 1 });
  expect(same.hr20).toEqual({ value: 0, low: 0, high: 0 });
  // One hit fewer in each session: the difference does not vary, although both of them do.
  const theirs = ours.map(({ hits }) => score(hits - 1));
  const { hr20, mrr20 } = pairedDifference(ours, theirs, { resamples: 200, seed: 1 });
  expect([hr20.value, hr20.low, hr20.high]).toEqual([0.5, 0.5, 0.5]);
  expect(mrr20.low).toBeCloseTo(0.25, 12);
  expect(() => pairedDifference(ours, [], { resamples: 200, seed: 1 })).toThrow(RangeError);
});
