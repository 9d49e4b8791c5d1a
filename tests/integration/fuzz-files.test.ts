import { expect, it, jest } from '@jest/globals';
import type { CaseResult } from '../../benchmarks/fuzz/counted.ts';
import { fuzzCsvFiles } from '../../benchmarks/fuzz/fuzz-csv-files.ts';
import { fuzzMessages } from '../../benchmarks/fuzz/fuzz-messages.ts';
import { fuzzModelFiles } from '../../benchmarks/fuzz/fuzz-model-files.ts';

jest.setTimeout(60_000);

const SEED = 20_260_101;

/** Outcomes of all kinds together. */
function outcomesOf({ outcomes }: CaseResult): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of Object.values(outcomes)) {
    for (const [outcome, count] of Object.entries(counts)) sums[outcome] = (sums[outcome] ?? 0) + count;
  }
  return sums;
}

it('damaged models are refused by a check, or answer as their probes say', async () => {
  const result = await fuzzModelFiles({ cases: 1_000, seed: SEED });
  expect(result.failures).toEqual([]);
  const outcomes = outcomesOf(result);
  // Not all are caught by the first check: each of these has been the one that stood in the way.
  for (const check of [
    'manifest is JSON',
    'manifest schema',
    'manifest equals row',
    'size',
    'SHA-256',
    'header',
  ]) {
    expect([check, (outcomes[`refused: ${check}`] ?? 0) > 0]).toEqual([check, true]);
  }
  for (const check of ['tensors', 'ids', 'history', 'popularity', 'item-to-item', 'probes']) {
    expect([check, (outcomes[`refused: ${check}`] ?? 0) > 0]).toEqual([check, true]);
  }
  expect(outcomes.accepted).toBeGreaterThan(0);
});

it('a damaged file whose manifest is the old one is never accepted', async () => {
  const { outcomes } = await fuzzModelFiles({ cases: 300, seed: SEED + 1 });
  const accepted = Object.entries(outcomes).filter(([, counts]) => counts.accepted !== undefined);
  expect(accepted.map(([kind]) => kind).filter((kind) => kind.startsWith('file:'))).toEqual([]);
});

it('wrong CSV files are refused whole, or every row is accounted for', async () => {
  const result = await fuzzCsvFiles({ cases: 300, seed: SEED });
  expect(result.failures).toEqual([]);
  expect(Object.keys(outcomesOf(result)).sort()).toEqual([
    'imported',
    'imported but for bad rows',
    'refused',
  ]);
});

it('malformed messages and jobs end no subscription, and nothing comes of them', async () => {
  const result = await fuzzMessages({ cases: 600, seed: SEED, redisUrl: process.env.TEST_REDIS_URL ?? '' });
  expect(result.failures).toEqual([]);
  expect(result.cases).toBe(600);
});
