import { beforeAll, describe, expect, test } from '@jest/globals';
import { compareWithPublished, type ProfileRow } from './profile-table.ts';
import { generateShop } from './shop.ts';
import { measureEvents } from './shop-statistics.ts';

/** Size of the scale model: 1/14 of the published data. */
const VISITORS = 100_000;

/** Largest relative difference from the published figure; the rest of the figures do not carry over to this size. */
const TOLERANCES: readonly (readonly [figure: RegExp, tolerance: number])[] = [
  [/^share of events: view$/, 0.003],
  [/^share of events: addtocart$/, 0.12],
  [/^share of events: transaction$/, 0.2],
  [/^visitors with addtocart/, 0.08],
  [/^visitors with transaction/, 0.1],
  [/^transaction ids per/, 0.15],
  [/^transaction ids with several rows/, 0.25],
  [/^events of a visitor: mean$/, 0.01],
  [/^visitors with exactly [1235]$/, 0.01],
  [/^visitors with exactly 10$/, 0.02],
  [/^visitors with at least (2|3|5|10|20)$/, 0.02],
  [/^visitors with at least 100$/, 0.15],
  [/^distinct items of a visitor: p(75|90|95)$/, 0.34],
  [/^distinct items of a visitor: p99$/, 0.15],
  [/^days from first to last event: p90$/, 0.3],
  [/^days from first to last event: p9[59]$/, 0.15],
  [/^events of an item: mean$/, 0.05],
  [/^events of an item: p50$/, 0],
  [/^events of an item: p(75|95|99)$/, 0.12],
  [/^items with exactly 1 event$/, 0.05],
  [/^visitors of an item: p(50|75|95|99)$/, 0.12],
  [/^views of the top (1|5|10)% items$/, 0.06],
  [/^pairs of visitor and item/, 0.03],
  [/^repeated pairs/, 0.08],
  [/^pairs viewed and carted/, 0.12],
  [/^pairs carted and bought/, 0.15],
  [/^(view|cart) before (cart|transaction)$/, 0.02],
  [/^seconds between events: p(25|50|75|90)$/, 0.12],
  [/^seconds between events: p95$/, 0.15],
];

describe('a scale model of the published data set', () => {
  let rows: ProfileRow[];

  beforeAll(() => {
    rows = compareWithPublished(measureEvents(generateShop({ visitors: VISITORS }).events()));
  });

  test.each(TOLERANCES)('%s is as published, within a share of %d', (figure, tolerance) => {
    const matching = rows.filter((row) => figure.test(row.figure));
    expect(matching.length).toBeGreaterThan(0);
    const outside = matching.filter(
      ({ published, generated }) => !(Math.abs(generated - published) <= tolerance * published),
    );
    expect(outside).toEqual([]);
  });

  test('hours and weekdays are as published', () => {
    const distances = rows.filter(({ figure }) => figure.endsWith(': distance'));
    expect(distances).toHaveLength(2);
    for (const { generated } of distances) expect(generated).toBeLessThan(0.05);
  });

  test('a few rows are exact duplicates', () => {
    const duplicates = rows.find(({ figure }) => figure.startsWith('exact duplicate rows'));
    // About 33 rows; chance alone moves them by 6.
    expect(duplicates?.generated).toBeGreaterThan(0.01);
    expect(duplicates?.generated).toBeLessThan(0.06);
  });
});
