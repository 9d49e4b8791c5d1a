import { afterEach, describe, expect, test } from '@jest/globals';
import { type AlsData, AlsKernel, type AlsOptions } from './als.ts';
import { supportsRelaxedSimd } from './train.ts';

const BUILDS = supportsRelaxedSimd() ? (['simd', 'relaxed-simd'] as const) : (['simd'] as const);
const USERS = 45;
const ITEMS = 21;
const kernels: AlsKernel[] = [];
afterEach(async () => {
  await Promise.all(kernels.splice(0).map((kernel) => kernel.dispose()));
});

/** A number in [0, 1) that depends on its arguments alone. */
function noise(a: number, b: number): number {
  const x = Math.sin(a * 12.9898 + b * 78.233) * 43758.5453;
  return x - Math.floor(x);
}

/** More rows than a thread takes at once; the last user has no pair, the first has every item. */
function pairs(): AlsData {
  const rows = Array.from({ length: USERS }, (_, user) =>
    Array.from({ length: ITEMS }, (_, item) => item).filter(
      (item) => user === 0 || (user < USERS - 1 && noise(user, item) < 0.3),
    ),
  );
  const offsets = new Uint32Array(USERS + 1);
  rows.forEach((row, user) => {
    offsets[user + 1] = offsets[user]! + row.length;
  });
  const items = Uint32Array.from(rows.flat());
  const weights = Float32Array.from(items, (_, pair) => 1 + Math.floor(3 * noise(pair, 7)));
  return { userCount: USERS, itemCount: ITEMS, offsets, items, weights };
}

async function kernelOf(changes: Partial<AlsOptions> = {}): Promise<AlsKernel> {
  const factors = changes.factors ?? 8;
  const options = {
    factors,
    unobservedWeight: 0.2,
    regularisation: 0.05,
    cgSteps: 60,
    threads: 1,
    build: 'simd',
    ...changes,
  } as const;
  const startItems = Float32Array.from({ length: ITEMS * factors }, (_, index) => noise(index, 3) - 0.5);
  const kernel = await AlsKernel.create(pairs(), options, startItems);
  kernels.push(kernel);
  return kernel;
}

/** Largest part of the objective's gradient at the item's row, in float64, relative to the right-hand side's. */
function residualOfItem(item: number, factors: number, users: Float32Array, row: Float32Array): number {
  const { offsets, items, weights } = pairs();
  const gradient = new Float64Array(factors);
  const target = new Float64Array(factors);
  let count = 0;
  for (let user = 0; user < USERS; user++) {
    const u = users.subarray(user * factors, (user + 1) * factors);
    const product = u.reduce((sum, value, k) => sum + value * row[k]!, 0);
    for (let pair = offsets[user]!; pair < offsets[user + 1]!; pair++) {
      if (items[pair] !== item) continue;
      count++;
      u.forEach((value, k) => {
        gradient[k]! += weights[pair]! * (product - 1) * value;
        target[k]! += weights[pair]! * value;
      });
    }
    u.forEach((value, k) => {
      gradient[k]! += 0.2 * product * value;
    });
  }
  const ridge = 0.05 * (count + 0.2 * USERS);
  for (let k = 0; k < factors; k++) gradient[k]! += ridge * row[k]!;
  return Math.max(...gradient.map(Math.abs)) / Math.max(1e-3, ...target.map(Math.abs));
}

describe.each(BUILDS)('the %s build', (build) => {
  test.each([1, 3, 8, 13, 64])('solves the normal equations of every row: %i factors', async (factors) => {
    const kernel = await kernelOf({ factors, build, threads: 2 });
    kernel.iterate();
    const { users, items } = kernel.factors();
    for (let item = 0; item < ITEMS; item++) {
      const row = items.subarray(item * factors, (item + 1) * factors);
      expect(residualOfItem(item, factors, users, row)).toBeLessThan(1e-4);
    }
    // Nothing was observed of the last user, so that 0 is best.
    expect(users.subarray((USERS - 1) * factors).every((value) => value === 0)).toBe(true);
  });
});

test('gives the same bytes with any number of threads', async () => {
  const results = await Promise.all(
    [1, 2, 3].map(async (threads) => {
      const kernel = await kernelOf({ threads, cgSteps: 3 });
      for (let iteration = 0; iteration < 3; iteration++) kernel.iterate();
      return kernel.factors();
    }),
  );
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test('after some iterations observed pairs are nearer to 1 than the others', async () => {
  const kernel = await kernelOf({ cgSteps: 3 });
  for (let iteration = 0; iteration < 10; iteration++) kernel.iterate();
  const { users, items } = kernel.factors();
  const { offsets, items: observed } = pairs();
  let inside = 0;
  let all = 0;
  for (let user = 1; user < USERS - 1; user++) {
    const own = new Set(observed.subarray(offsets[user], offsets[user + 1]));
    for (let item = 0; item < ITEMS; item++) {
      let product = 0;
      for (let k = 0; k < 8; k++) product += users[user * 8 + k]! * items[item * 8 + k]!;
      all += own.has(item) ? 0 : product;
      inside += own.has(item) ? product : 0;
    }
  }
  const positives = offsets[USERS - 1]! - offsets[1]!;
  expect(inside / positives).toBeGreaterThan(0.3 + all / ((USERS - 2) * ITEMS - positives));
});
