import { expect, test } from '@jest/globals';
import type { LoadResult } from './load-job.ts';
import type { CellResult, OpenMeasured } from './results.ts';
import { verdictsOf } from './verdicts.ts';

function measured(ratePerSecond: number, more: Partial<LoadResult> = {}, cpuMsPerRequest = 1): OpenMeasured {
  const load: LoadResult = {
    seconds: 1,
    requests: 100,
    ratePerSecond,
    latencyMs: { p50: 10, p95: 15, p99: 20, max: 30 },
    errors: {},
    checked: 100,
    faults: {},
    lateP99Ms: 0,
    generatorCpuMs: 0,
    ...more,
  };
  return { load, server: { cpuMsPerRequest, residentBytes: 1 }, offered: ratePerSecond, held: true };
}

function figures(cells: CellResult[]) {
  return verdictsOf(cells).map(({ figure, target, bound, met }) => ({ figure, target, bound, met }));
}

test('nothing was measured, or refused: nothing is judged', () => {
  expect(verdictsOf([])).toEqual([]);
  expect(verdictsOf([{ name: 'peer-express', saturation: measured(1) }])).toEqual([]);
  expect(verdictsOf([{ name: 'one-235061-f8', refused: 'refused (400)' }])).toEqual([]);
});

test('a cached user against hello, by rate and by CPU', () => {
  const cells: CellResult[] = [
    { name: '3706-f8-cached-plain-r1', saturation: measured(600, {}, 2) },
    { name: 'peer-express', saturation: measured(1_000, {}, 1) },
  ];
  expect(figures(cells)).toEqual([
    { figure: 0.6, target: 0.6, bound: 'at least', met: true },
    { figure: 0.5, target: 0.6, bound: 'at least', met: false },
  ]);
});

test('the large catalogue: latencies of one at a time, and the better number of replicas', () => {
  const cells: CellResult[] = [
    {
      name: 'one-235061-f8',
      saturation: measured(80, { latencyMs: { p50: 12, p95: 20, p99: 31, max: 40 } }),
    },
    { name: '235061-f8-uncached-plain-r1', saturation: measured(100) },
    { name: '235061-f8-uncached-plain-r2', saturation: measured(150) },
  ];
  expect(figures(cells)).toEqual([
    { figure: 12, target: 12, bound: 'at most', met: true },
    { figure: 31, target: 30, bound: 'at most', met: false },
    { figure: 150, target: 150, bound: 'at least', met: true },
  ]);
});

test('Python peers', () => {
  const cells: CellResult[] = [
    { name: '3706-f8-uncached-plain-r1', saturation: measured(1_000) },
    { name: 'peer-seed-3706-f8', saturation: measured(50) },
    { name: 'peer-torch-3706-f8', saturation: measured(500) },
  ];
  expect(figures(cells)).toEqual([
    { figure: 20, target: 20, bound: 'at least', met: true },
    { figure: 2, target: 4, bound: 'at least', met: false },
  ]);
});

test('swaps: errors, faults of every kind, and the steady p99', () => {
  const swapping = measured(100, {
    errors: { 503: 1, socket: 2 },
    faults: { mixed: 1, wrong: 1 },
    latencyMs: { p50: 1, p95: 1, p99: 50, max: 60 },
  });
  const swap = { steady: measured(100), swapping, swaps: 6, swapMs: undefined };
  expect(figures([{ name: 'swap-3706-f8', swap }])).toEqual([
    { figure: 3, target: 0, bound: 'at most', met: false },
    { figure: 2, target: 0, bound: 'at most', met: false },
    { figure: 2.5, target: 2, bound: 'at most', met: false },
  ]);
});

test('freshness that never showed misses its target', () => {
  const shown = { p50: 5, p95: 9, p99: 1_000, max: 2_000 };
  const fresh = (missed: number, delayMs?: typeof shown): CellResult => ({
    name: 'fresh-events',
    freshness: { repetitions: 10, delayMs, missed },
  });
  expect(verdictsOf([fresh(0, shown)]).map(({ met }) => met)).toEqual([true, true]);
  expect(verdictsOf([fresh(10)]).map(({ met }) => met)).toEqual([false, false]);
});
