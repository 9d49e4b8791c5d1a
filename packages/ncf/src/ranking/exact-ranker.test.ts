import { describe, expect, test } from '@jest/globals';
import type { KernelBuild } from '@sommelier/kernel/score';
import { supportsRelaxedSimd } from '@sommelier/kernel/score';
import fc from 'fast-check';
import type { NeuMFParameters, NeuMFShape } from '../engine/neumf-parameters.ts';
import { randomNumbers, randomParameters } from '../model-file/testing/random-model.ts';
import { createExactRanker, type RankRequest } from './exact-ranker.ts';
import { createItemScorer } from './item-scorer.ts';
import { createScanMemory } from './scan-model.ts';
import { createScorer } from './scorer.ts';
import type { RankedItem } from './top-items.ts';
import { userEmbedding } from './user-embedding.ts';

const BUILDS: KernelBuild[] = supportsRelaxedSimd() ? ['simd', 'relaxed-simd'] : ['simd'];

/** The definition: score everything in float64, sort everything. */
function bruteForce(parameters: NeuMFParameters, request: RankRequest & { user: number }): RankedItem[] {
  const logits = new Float64Array(parameters.shape.itemCount);
  createScorer(parameters).scoreUser(request.user, logits);
  const { items = [], values = [] } = request.evidence ?? {};
  for (let entry = 0; entry < items.length; entry++) logits[items[entry]!]! += values[entry]!;
  const excluded = new Set(request.excluded);
  return Array.from(logits, (score, itemIndex) => ({ itemIndex, score }))
    .filter(({ itemIndex }) => !excluded.has(itemIndex))
    .filter(
      ({ itemIndex: i }) =>
        request.eligible === undefined || ((request.eligible[i >> 3]! >> (i & 7)) & 1) === 1,
    )
    .sort((a, b) => (a.score === b.score ? a.itemIndex - b.itemIndex : b.score - a.score))
    .slice(0, request.n);
}

const SHAPES: Omit<NeuMFShape, 'userCount' | 'itemCount'>[] = [
  { factors: 1, layers: [] },
  { factors: 13, layers: [] },
  { factors: 3, layers: [10] },
  { factors: 8, layers: [2, 1] },
  { factors: 8, layers: [64, 32, 16, 8] },
  { factors: 13, layers: [6, 7, 5, 3] },
  { factors: 64, layers: [32, 24, 17, 9, 2] },
  { factors: 2, layers: [4, 3, 9, 1, 6, 2] },
];

describe.each(BUILDS)('the exact ranker on %s', (build) => {
  test.each(SHAPES)('equals a float64 brute force for %j', (shape) => {
    for (const itemCount of [1, 15, 16, 17, 333]) {
      const parameters = randomParameters({ ...shape, userCount: 3, itemCount }, itemCount);
      const ranker = createExactRanker(parameters, { build });
      for (const user of [2, 0]) {
        for (const n of [0, 1, 10, itemCount, itemCount + 5]) {
          const excluded = [0, itemCount - 2, 7, 7, 1_000];
          expect(ranker.topN({ user, n })).toEqual(bruteForce(parameters, { user, n }));
          expect(ranker.topN({ user, n, excluded })).toEqual(bruteForce(parameters, { user, n, excluded }));
        }
      }
    }
  });

  test('equals a brute force whatever is filtered and added', () => {
    const itemCount = 75;
    const parameters = randomParameters({ userCount: 4, itemCount, factors: 5, layers: [6, 5, 4] });
    const ranker = createExactRanker(parameters, { build });
    const request = fc.record({
      user: fc.nat({ max: 3 }),
      n: fc.nat({ max: 90 }),
      eligible: fc.option(fc.uint8Array({ minLength: 10, maxLength: 10 }), { nil: undefined }),
      excluded: fc.array(fc.nat({ max: 90 }), { maxLength: 60 }),
      evidence: fc
        .uniqueArray(fc.tuple(fc.nat({ max: itemCount - 1 }), fc.double({ noNaN: true, min: -3, max: 3 })), {
          selector: ([item]) => item,
        })
        .map((entries) => ({
          items: entries.map(([item]) => item),
          values: entries.map(([, value]) => value),
        })),
    });
    fc.assert(
      fc.property(request, (of) => {
        const asked = {
          ...of,
          ...(of.eligible === undefined ? { eligible: undefined } : {}),
        } as RankRequest & {
          user: number;
        };
        expect(ranker.topN(asked)).toEqual(bruteForce(parameters, asked));
      }),
      { numRuns: 500 },
    );
  });

  test('near-ties: rows that differ in their last bit, and rows that are equal', () => {
    const shape = { userCount: 2, itemCount: 400, factors: 6, layers: [8, 6, 4] };
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 30 }),
        (seed, twins, n) => {
          const parameters = randomParameters(shape, seed);
          makeTwins(parameters, twins, seed);
          const ranker = createExactRanker(parameters, { build });
          const request = { user: seed % 2, n, excluded: [seed % 400] };
          expect(ranker.topN(request)).toEqual(bruteForce(parameters, request));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a catalogue of nothing but ties goes by item index', () => {
    const parameters = randomParameters({ userCount: 1, itemCount: 5_000, factors: 4, layers: [4, 3] });
    parameters.itemGmf.fill(0.25);
    parameters.itemMlp.fill(-0.5);
    const top = createExactRanker(parameters, { build }).topN({ user: 0, n: 20, excluded: [1, 3] });
    expect(top.map(({ itemIndex }) => itemIndex)).toEqual([
      0,
      2,
      ...Array.from({ length: 18 }, (_, k) => 4 + k),
    ]);
  });

  test('users at once get what each gets alone, also where one needs a second look or a float64 pass', () => {
    const parameters = randomParameters({ userCount: 12, itemCount: 6_000, factors: 3, layers: [6, 4, 2] });
    makeTwins(parameters, 600, 3);
    parameters.userGmf.fill(0, 3, 6);
    parameters.userMlp.fill(0, 3, 6);
    parameters.userGmf[15] = 3e38;
    const memory = createScanMemory(parameters.shape, { usersAtOnce: 5, evidence: 2 });
    const ranker = createExactRanker(parameters, { build, memory });
    const requests = Array.from({ length: 12 }, (_, user) => ({
      user,
      n: user === 7 ? 5_500 : user === 8 ? 0 : 10,
      excluded: [user, 50],
      evidence:
        user % 4 === 3 ? { items: [9, 4, 2_000], values: [9, 2, 5] } : { items: [60], values: [-0.25] },
    }));
    const answers = ranker.topNOfEach(requests);
    expect(answers).toEqual(
      requests.map((request) => createExactRanker(parameters, { build }).topN(request)),
    );
    expect(answers).toEqual(requests.map((request) => bruteForce(parameters, request)));
  });

  test('numbers that float32 cannot add are added in float64', () => {
    const parameters = randomParameters({ userCount: 2, itemCount: 50, factors: 2, layers: [4, 3, 2] });
    parameters.itemGmf.fill(3e38, 0, 40);
    parameters.itemMlp.fill(-2e38, 30, 60);
    const ranker = createExactRanker(parameters, { build });
    for (const user of [0, 1]) {
      expect(ranker.topN({ user, n: 12 })).toEqual(bruteForce(parameters, { user, n: 12 }));
    }
  });

  test('numbers that float32 cannot tell from zero', () => {
    const parameters = randomParameters({ userCount: 1, itemCount: 64, factors: 2, layers: [4, 3, 2] });
    parameters.outputBias[0] = 0;
    for (const table of [parameters.itemGmf, parameters.outputWeight]) {
      for (let k = 0; k < table.length; k++) table[k]! *= 1e-25;
    }
    const ranker = createExactRanker(parameters, { build });
    expect(ranker.topN({ user: 0, n: 12 })).toEqual(bruteForce(parameters, { user: 0, n: 12 }));
  });
});

/** Gives `count` items the row of item 0, each number moved by at most one unit in the last place. */
function makeTwins({ shape, itemGmf, itemMlp }: NeuMFParameters, count: number, seed: number): void {
  const random = randomNumbers(seed + 1);
  for (const table of [itemGmf, itemMlp]) {
    const width = table.length / shape.itemCount;
    const bits = new Int32Array(table.buffer, table.byteOffset, table.length);
    for (let twin = 1; twin < count; twin++) {
      const at = ((twin * 7) % shape.itemCount) * width;
      for (let k = 0; k < width; k++) bits[at + k] = bits[k]! + Math.floor(random() * 3) - 1;
    }
  }
}

describe('a ranker', () => {
  test('scores single items like the scorer of all', () => {
    for (const shape of SHAPES) {
      const parameters = randomParameters({ ...shape, userCount: 2, itemCount: 19 });
      const logits = new Float64Array(19);
      createScorer(parameters).scoreUser(1, logits);
      const ranker = createExactRanker(parameters);
      expect(Array.from(logits, (_, item) => ranker.scoreItem(1, item))).toEqual([...logits]);
    }
  });

  test('takes an embedding in place of a user', () => {
    const parameters = randomParameters({ userCount: 3, itemCount: 90, factors: 4, layers: [6, 3] });
    const ranker = createExactRanker(parameters);
    const user = { gmf: parameters.userGmf.slice(8, 12), mlp: parameters.userMlp.slice(6, 9) };
    expect(ranker.topN({ user, n: 9 })).toEqual(ranker.topN({ user: 2, n: 9 }));
  });

  test('shares its items with the other slots of a memory, which do not write them again', () => {
    const parameters = randomParameters({ userCount: 3, itemCount: 200, factors: 4, layers: [6, 5, 3] });
    const memory = createScanMemory(parameters.shape, { slots: 2 });
    const first = createExactRanker(parameters, { memory, slot: 0 });
    const items = parameters.itemMlp.slice();
    parameters.itemMlp.fill(0);
    const second = createExactRanker(parameters, { memory, slot: 1 });
    parameters.itemMlp.set(items);
    const request = { user: 1, n: 20 };
    const expected = bruteForce(parameters, request);
    expect([first.topN(request), second.topN(request), first.topN(request)]).toEqual([
      expected,
      expected,
      expected,
    ]);
  });

  test('refuses what does not exist', () => {
    const parameters = randomParameters({ userCount: 2, itemCount: 10, factors: 1, layers: [] });
    const ranker = createExactRanker(parameters);
    for (const user of [-1, 2, 0.5]) expect(() => ranker.topN({ user, n: 1 })).toThrow('in a model of 2');
    for (const n of [-1, 0.5, Number.NaN]) expect(() => ranker.topN({ user: 0, n })).toThrow(RangeError);
    for (const item of [-1, 10, 0.5]) expect(() => ranker.scoreItem(0, item)).toThrow('in a model of 10');
    expect(() => ranker.topN({ user: 0, n: 1, eligible: new Uint8Array(1) })).toThrow('10 items need 2');
    for (const evidence of [
      { items: [10], values: [1] },
      { items: [1, 1], values: [1, 2] },
      { items: [1], values: [] },
      { items: [1], values: [Number.NaN] },
    ]) {
      expect(() => ranker.topN({ user: 0, n: 1, evidence })).toThrow(RangeError);
    }
    const memory = createScanMemory({ ...parameters.shape, itemCount: 11 });
    expect(() => createExactRanker(parameters, { memory })).toThrow('for 11 items');
    expect(() =>
      createExactRanker(parameters, { memory: createScanMemory(parameters.shape), slot: 1 }),
    ).toThrow('no slot 1');
  });
});

test('an item scorer forgets the user before', () => {
  const parameters = randomParameters({ userCount: 2, itemCount: 4, factors: 2, layers: [4, 3, 2] });
  const scorer = createItemScorer(parameters);
  scorer.setUser(userEmbedding(parameters, 0));
  const score = scorer.score(3);
  scorer.setUser(userEmbedding(parameters, 1));
  expect(scorer.score(3)).not.toBe(score);
  scorer.setUser(userEmbedding(parameters, 0));
  expect(scorer.score(3)).toBe(score);
});

describe.each(BUILDS)("an item's rank on %s", (build) => {
  /** The definition: the place in the whole list of the eligible items and the item itself. */
  function expectedRank(parameters: NeuMFParameters, request: RankRequest & { user: number }, item: number) {
    const excluded = [...(request.excluded ?? [])].filter((other) => other !== item);
    const eligible = request.eligible?.slice();
    if (eligible !== undefined) eligible[item >> 3]! |= 1 << (item & 7);
    const all = { ...request, n: parameters.shape.itemCount, excluded, ...(eligible && { eligible }) };
    const list = bruteForce(parameters, all);
    const place = list.findIndex(({ itemIndex }) => itemIndex === item);
    return { rank: place + 1, score: list[place]!.score };
  }

  test('equals the place in a full sort, whatever is filtered and added', () => {
    const itemCount = 75;
    const parameters = randomParameters({ userCount: 4, itemCount, factors: 5, layers: [6, 5, 4] });
    const ranker = createExactRanker(parameters, { build });
    const request = fc.record(
      {
        user: fc.nat({ max: 3 }),
        n: fc.constant(1),
        eligible: fc.uint8Array({ minLength: 10, maxLength: 10 }),
        excluded: fc.array(fc.nat({ max: 90 }), { maxLength: 60 }),
        evidence: fc.uniqueArray(fc.nat({ max: itemCount - 1 })).map((items) => ({
          items,
          values: items.map((item) => (item % 7) - 3),
        })),
      },
      { requiredKeys: ['user', 'n'] },
    );
    fc.assert(
      fc.property(request, fc.nat({ max: itemCount - 1 }), (asked, item) => {
        expect(ranker.rankOf(asked, item)).toEqual(expectedRank(parameters, asked, item));
      }),
      { numRuns: 300 },
    );
  });

  test('near-ties and ties in a catalogue of several pieces', () => {
    const parameters = randomParameters({ userCount: 2, itemCount: 6_000, factors: 4, layers: [8, 6, 4] });
    makeTwins(parameters, 900, 5);
    const ranker = createExactRanker(parameters, { build });
    for (const user of [0, 1]) {
      const list = bruteForce(parameters, { user, n: 6_000 });
      for (const place of [0, 1, 2, 17, 3_000, 5_998, 5_999]) {
        const { itemIndex, score } = list[place]!;
        expect(ranker.rankOf({ user, n: 1 } as RankRequest, itemIndex)).toEqual({ rank: place + 1, score });
      }
      for (const twin of [7, 14, 2_100]) {
        expect(ranker.rankOf({ user }, twin)).toEqual(expectedRank(parameters, { user, n: 1 }, twin));
      }
    }
  });

  test('numbers that float32 cannot add, evidence that has no room, and items that do not exist', () => {
    const parameters = randomParameters({ userCount: 2, itemCount: 50, factors: 2, layers: [4, 3, 2] });
    const memory = createScanMemory(parameters.shape, { evidence: 1 });
    const request = { user: 1, n: 1, evidence: { items: [3, 9, 30], values: [1, -1, 0.5] } };
    const crowded = createExactRanker(parameters, { build, memory });
    expect(crowded.rankOf(request, 9)).toEqual(expectedRank(parameters, request, 9));
    parameters.itemGmf.fill(3e38, 0, 40);
    const ranker = createExactRanker(parameters, { build });
    expect(ranker.rankOf({ user: 0 }, 12)).toEqual(expectedRank(parameters, { user: 0, n: 1 }, 12));
    for (const item of [-1, 50, 0.5]) {
      expect(() => ranker.rankOf({ user: 0 }, item)).toThrow('in a model of 50');
      expect(() => ranker.scoreItems({ user: 0 }, [item])).toThrow('in a model of 50');
    }
  });
});
