import { describe, expect, test } from '@jest/globals';
import {
  type CoarseScoringNetwork,
  type CoarseScoringUser,
  createScoringMemory,
  type KernelBuild,
  planScoring,
  type ScoringSizes,
  ScoringSlot,
  type ScoringUser,
  supportsRelaxedSimd,
} from './score.ts';
import { BLOCK_COUNT } from './score-plan.ts';

const BUILDS: KernelBuild[] = supportsRelaxedSimd() ? ['simd', 'relaxed-simd'] : ['simd'];
const COMMON = { slots: 1, queries: 1, candidates: 64, evidence: 8, notes: 0 };
const SHAPES: Pick<ScoringSizes, 'factors' | 'units' | 'maps'>[] = [
  { factors: 1, units: 0, maps: [] },
  { factors: 13, units: 0, maps: [] },
  { factors: 3, units: 1, maps: [] },
  { factors: 8, units: 32, maps: [16, 8] },
  { factors: 64, units: 17, maps: [9, 2, 5] },
  { factors: 5, units: 6, maps: [7, 1, 3, 2, 4, 9, 6, 5] },
];

interface TestModel {
  readonly factors: Float32Array;
  readonly halves: Float32Array;
  readonly maps: { readonly weight: Float32Array; readonly bias: Float32Array }[];
  readonly output: Float32Array;
}

function numbers(seed: number): (count: number) => Float32Array {
  let state = seed;
  return (count) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 31 - 1;
    });
}

function testModel({ itemCount, factors, units, maps }: ScoringSizes, seed = 1): TestModel {
  const draw = numbers(seed);
  return {
    factors: draw(itemCount * factors),
    halves: draw(itemCount * units),
    maps: maps.map((width, map) => ({
      weight: draw(width * (map === 0 ? units : maps[map - 1]!)),
      bias: draw(width),
    })),
    output: draw(maps.at(-1) ?? units),
  };
}

function testUser({ factors, units }: ScoringSizes, seed = 2): ScoringUser {
  const draw = numbers(seed);
  return { bias: 0.25, weighted: draw(factors), half: draw(units) };
}

function write(slot: ScoringSlot, model: TestModel): void {
  const { factors, units } = slot.sizes;
  slot.writeNetwork(model);
  slot.writeItems((item, ofFactors, ofHalf) => {
    ofFactors.set(model.factors.subarray(item * factors, (item + 1) * factors));
    ofHalf.set(model.halves.subarray(item * units, (item + 1) * units));
  });
}

/** The same in float64. */
function logit({ factors, units }: ScoringSizes, model: TestModel, user: ScoringUser, item: number): number {
  let sum = user.bias;
  for (let f = 0; f < factors; f++) sum += user.weighted[f]! * model.factors[item * factors + f]!;
  let x = Array.from({ length: units }, (_, unit) =>
    Math.max(0, user.half[unit]! + model.halves[item * units + unit]!),
  );
  for (const { weight, bias } of model.maps) {
    const input = x;
    x = Array.from(bias, (b, unit) =>
      Math.max(
        0,
        input.reduce((total, number, k) => total + weight[unit * input.length + k]! * number, b),
      ),
    );
  }
  return x.reduce((total, number, unit) => total + model.output[unit]! * number, sum);
}

function allEligible(slot: ScoringSlot, query = 0): void {
  const bits = slot.eligible(query).fill(0);
  for (let item = 0; item < slot.sizes.itemCount; item++) bits[item >> 3]! |= 1 << (item & 7);
}

/** The float32 logit of a single item: the threshold of a scan that keeps one and may keep no other. */
function scannedLogit(slot: ScoringSlot, item: number, form: 'fine' | 'coarse' = 'fine'): number {
  slot.eligible(0).fill(0)[item >> 3] = 1 << (item & 7);
  slot.scan([1], form);
  expect([...slot.candidates(0)]).toEqual([item]);
  return slot.threshold(0);
}

/** The same with the network and the user in 16-bit integers: all scales 1, activations the sums' upper halves. */
function coarseLogit(sizes: ScoringSizes, model: TestModel, coarse: CoarseTest, item: number): number {
  const { factors, units } = sizes;
  let sum = 0;
  for (let f = 0; f < factors; f++)
    sum += coarse.user.weighted[f]! * Math.round(1_000 * model.factors[item * factors + f]!);
  const half = (unit: number) =>
    coarse.user.half[unit]! + Math.round(9_000 * model.halves[item * units + unit]!);
  let x = Array.from({ length: units }, (_, unit) => Math.max(0, half(unit)));
  for (const { weight, bias } of coarse.network.maps) {
    const input = x;
    x = Array.from(bias, (b, unit) => {
      const total = input.reduce((so, number, k) => so + weight[unit * input.length + k]! * number, b);
      return Math.max(0, Math.floor(total / 65_536));
    });
  }
  const tower = x.reduce((total, number, unit) => total + coarse.network.output[unit]! * number, 0);
  return 0.25 + sum * coarse.user.factorStep + tower * coarse.network.towerStep;
}

interface CoarseTest {
  readonly network: CoarseScoringNetwork;
  readonly user: CoarseScoringUser;
}

function coarseTest({ factors, units, maps }: ScoringSizes): CoarseTest {
  const draw = numbers(7);
  const integers = (count: number, scale: number) =>
    Int16Array.from(draw(count), (x) => Math.round(x * scale));
  return {
    network: {
      factorScales: new Float64Array(factors).fill(1_000),
      unitScales: new Float64Array(units).fill(9_000),
      maps: maps.map((width, map) => ({
        weight: integers(width * (map === 0 ? units : maps[map - 1]!), 9_000),
        bias: Int32Array.from(integers(width, 9_000), (b) => b * 9_000),
      })),
      output: integers(maps.at(-1) ?? units, 9_000),
      towerStep: 2 ** -20,
    },
    user: { weighted: integers(factors, 9_000), half: integers(units, 9_000), factorStep: 2 ** -20 },
  };
}

describe.each(BUILDS)('the scoring kernel, %s', (build) => {
  describe.each(SHAPES)('%j', (shape) => {
    test.each([1, 15, 16, 17, 70])(
      'scores all of %i items, and reads nothing behind the last',
      (itemCount) => {
        const sizes = { ...COMMON, ...shape, itemCount };
        const memory = createScoringMemory(sizes);
        const plan = planScoring(sizes);
        // The last item's last number is the memory's: a read behind it traps.
        expect(plan.blocks + plan.blockCount * plan.blockBytes).toBe(memory.memory.buffer.byteLength);
        const slot = new ScoringSlot(memory, 0, build);
        const model = testModel(sizes);
        const user = testUser(sizes);
        write(slot, model);
        slot.writeUser(0, user);
        for (let item = 0; item < itemCount; item++) {
          const expected = logit(sizes, model, user, item);
          expect(Math.abs(scannedLogit(slot, item) - expected)).toBeLessThan(
            1e-4 * Math.max(1, Math.abs(expected)),
          );
        }
        allEligible(slot);
        expect(Array.from(slot.collect(0, -1e9), (items) => [...items]).flat()).toEqual(
          Array.from({ length: itemCount }, (_, item) => item),
        );
        if (itemCount > 64) return;
        slot.scan([64]);
        expect([...slot.candidates(0)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: itemCount }, (_, i) => i),
        );
        expect(slot.threshold(0)).toBe(itemCount === 64 ? expect.any(Number) : Number.NEGATIVE_INFINITY);
      },
    );
  });

  describe.each(SHAPES)('in integers, %j', (shape) => {
    test.each([1, 16, 17, 70])('scores all of %i items, and reads nothing behind the last', (itemCount) => {
      const sizes = { ...COMMON, ...shape, itemCount, last: 'coarse' as const };
      const memory = createScoringMemory(sizes);
      const plan = planScoring(sizes);
      expect(plan.coarseBlocks + plan.blockCount * plan.coarseBlockBytes).toBe(
        memory.memory.buffer.byteLength,
      );
      const slot = new ScoringSlot(memory, 0, build);
      const model = testModel(sizes);
      const coarse = coarseTest(sizes);
      write(slot, model);
      slot.writeCoarse(coarse.network);
      slot.writeUser(0, testUser(sizes));
      slot.writeCoarseUser(0, coarse.user, coarse.network.towerStep);
      for (let item = 0; item < itemCount; item++) {
        const expected = coarseLogit(sizes, model, coarse, item);
        const tolerance = 1e-6 * Math.max(1, Math.abs(expected), 1_000);
        expect(Math.abs(scannedLogit(slot, item, 'coarse') - expected)).toBeLessThan(tolerance);
      }
    });
  });

  test.each(['fine', 'coarse'] as const)('a block too many traps: %s', (form) => {
    const sizes = { ...COMMON, ...SHAPES[3]!, itemCount: 32, last: form };
    const memory = createScoringMemory(sizes);
    const slot = new ScoringSlot(memory, 0, build);
    const plan = planScoring(sizes);
    const view = new DataView(memory.memory.buffer);
    view.setUint32(plan.model + BLOCK_COUNT, plan.blockCount + 1, true);
    view.setUint16(plan.slots[0]!.queries[0]!.eligible + 2 * plan.blockCount, 1, true);
    slot.writeUser(0, testUser(sizes));
    expect(() => slot.scan([1], form)).toThrow(WebAssembly.RuntimeError);
  });

  test('reads and writes nothing that belongs to another slot', () => {
    const sizes = { ...COMMON, ...SHAPES[4]!, itemCount: 50, slots: 3, queries: 2 };
    const memory = createScoringMemory(sizes);
    const slot = new ScoringSlot(memory, 1, build);
    write(slot, testModel(sizes));
    const scan = () => {
      for (const query of [0, 1]) {
        slot.writeUser(query, testUser(sizes, query + 5));
        allEligible(slot, query);
        slot.writeEvidence(query, [3, 40], [0.5, -0.25]);
      }
      slot.scan([7, 64]);
      return [0, 1].map((query) => [...slot.candidates(query)]);
    };
    const expected = scan();
    const bytes = new Uint8Array(memory.memory.buffer);
    const plan = planScoring(sizes);
    const [first, last] = [plan.slots[1]!.queries[0]!.record, plan.slots[2]!.queries[0]!.record];
    bytes.fill(0xff, plan.slots[0]!.queries[0]!.record, first);
    bytes.fill(0xff, last, plan.blocks);
    const before = bytes.slice();
    expect(scan()).toEqual(expected);
    const changed = (from: number, to: number) =>
      bytes.subarray(from, to).some((byte, at) => byte !== before[from + at]);
    expect([changed(0, first), changed(last, bytes.length)]).toEqual([false, false]);
  });

  test('keeps the best of the eligible, and knows what it has dropped', () => {
    const sizes = { ...COMMON, ...SHAPES[3]!, itemCount: 3_000 };
    const slot = new ScoringSlot(createScoringMemory(sizes), 0, build);
    write(slot, testModel(sizes));
    slot.writeUser(0, testUser(sizes));
    const logits = Array.from({ length: 3_000 }, (_, item) => scannedLogit(slot, item));
    allEligible(slot);
    const bits = slot.eligible(0);
    for (let at = 0; at < bits.length; at += 3) bits[at] = 0;
    const eligible = logits.map((_, item) => item).filter((item) => (item >> 3) % 3 !== 0);
    const best = eligible.sort((a, b) => logits[b]! - logits[a]! || a - b);
    for (const count of [1, 2, 10, 64]) {
      slot.scan([count]);
      const kept = best.slice(0, count);
      expect([...slot.candidates(0)].sort((a, b) => a - b)).toEqual(kept.sort((a, b) => a - b));
      expect(slot.threshold(0)).toBe(Math.min(...kept.map((item) => logits[item]!)));
    }
    const floor = logits[best[400]!]!;
    const pieces = Array.from(slot.collect(0, floor), (items) => [...items]);
    expect(pieces.length).toBeGreaterThan(6);
    expect(pieces.flat()).toEqual(best.filter((item) => logits[item]! >= floor).sort((a, b) => a - b));
  });

  test('adds evidence where it belongs, also behind blocks that nothing is eligible in', () => {
    const sizes = { ...COMMON, ...SHAPES[0]!, itemCount: 100 };
    const slot = new ScoringSlot(createScoringMemory(sizes), 0, build);
    write(slot, testModel(sizes));
    slot.writeUser(0, testUser(sizes));
    const logits = Array.from({ length: 100 }, (_, item) => scannedLogit(slot, item));
    const evidence = new Map([
      [0, 5],
      [15, -5],
      [16, 4],
      [33, 7],
      [99, 6],
    ]);
    slot.writeEvidence(0, [...evidence.keys()], [...evidence.values()]);
    for (let item = 0; item < 100; item++) {
      expect(scannedLogit(slot, item)).toBe(Math.fround(logits[item]! + (evidence.get(item) ?? 0)));
    }
    allEligible(slot);
    slot.scan([4]);
    expect([...slot.candidates(0)].sort((a, b) => a - b)).toEqual([0, 16, 33, 99]);
    const withEvidence = logits.map((logit, item) => Math.fround(logit + (evidence.get(item) ?? 0)));
    expect(Array.from(slot.collect(0, 3.5), (items) => [...items]).flat()).toEqual(
      [0, 16, 33, 99].filter((item) => withEvidence[item]! >= 3.5),
    );
    expect(() => slot.writeEvidence(0, [1, 2, 3, 4, 5, 6, 7, 8, 9], new Float32Array(9))).toThrow(
      'room for 8',
    );
  });
});

describe('a scoring memory', () => {
  const sizes = { ...COMMON, ...SHAPES[3]!, itemCount: 40, slots: 2 };

  test('is packed once; a failure leaves it to the next', () => {
    const memory = createScoringMemory(sizes);
    const [first, second] = [new ScoringSlot(memory, 0), new ScoringSlot(memory, 1)];
    const packed: number[] = [];
    expect(() =>
      first.packOnce(() => {
        throw new Error('a fault of the test');
      }),
    ).toThrow('a fault of the test');
    second.packOnce(() => packed.push(2));
    first.packOnce(() => packed.push(1));
    expect(packed).toEqual([2]);
  });

  test('refuses sizes that it cannot have', () => {
    expect(() => createScoringMemory({ ...sizes, candidates: 10 })).toThrow('at least 32');
    expect(() => createScoringMemory({ ...sizes, maps: Array(9).fill(4) })).toThrow('room for 8 layers');
    expect(() => createScoringMemory({ ...sizes, itemCount: 40_000_000 })).toThrow(
      'the kernel can have 4294967296',
    );
    const memory = createScoringMemory(sizes);
    for (const slot of [-1, 2, 0.5]) expect(() => new ScoringSlot(memory, slot)).toThrow('in a memory of 2');
    const slot = new ScoringSlot(memory);
    expect(() => slot.scan([65])).toThrow('of 64 candidates');
    expect(() => slot.writeUser(1, testUser(sizes))).toThrow('no place 1');
  });
});
