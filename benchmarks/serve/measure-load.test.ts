import { expect, test } from '@jest/globals';
import type { LoadResult } from './load-job.ts';
import { holds } from './measure-load.ts';

function held(more: Partial<LoadResult>): boolean {
  const load: LoadResult = {
    seconds: 2,
    requests: 200,
    ratePerSecond: 100,
    latencyMs: { p50: 1, p95: 2, p99: 50, max: 60 },
    errors: {},
    checked: 0,
    faults: {},
    lateP99Ms: 0,
    generatorCpuMs: 0,
    ...more,
  };
  return holds({ load, server: { cpuMsPerRequest: 1, residentBytes: 1 } }, 50);
}

test('a rate holds when it is answered in time and without errors', () => {
  expect(held({})).toBe(true);
  // 194 of the 200 are 97%; 5 more may be under way in the last 50 ms, and 1 in any case.
  expect(held({ ratePerSecond: 94 })).toBe(true);
  expect(held({ ratePerSecond: 93.9 })).toBe(false);
  expect(held({ errors: { 503: 1 } })).toBe(false);
  expect(held({ latencyMs: { p50: 1, p95: 2, p99: 50.1, max: 60 } })).toBe(false);
  expect(held({ requests: 0, ratePerSecond: 0, latencyMs: undefined })).toBe(false);
});
