import { describe, expect, test } from '@jest/globals';
import type { EventInput } from '@sommelier/contracts';
import { countAtLeast, measureEvents, quantile, topShare } from './shop-statistics.ts';

const row = (seconds: number, userId: string, type: string, itemId: string, order?: string): EventInput => ({
  timestampMs: seconds * 1_000,
  userId,
  itemId,
  type,
  ...(order !== undefined && { transactionId: order }),
});

// 1970-01-01 was a Thursday.
const LOG = [
  row(40, '7', 'addtocart', '1'),
  row(10, '7', 'view', '1'),
  row(90, '7', 'transaction', '1', 'a'),
  row(90, '7', 'transaction', '2', 'a'),
  row(100, '7', 'view', '2'),
  row(86_400, '7', 'view', '2'),
  row(3_600, '3', 'view', '1'),
  row(3_600, '3', 'view', '1'),
];

describe('measureEvents', () => {
  const shop = measureEvents(LOG);

  test('counts rows, visitors, items and orders', () => {
    expect(shop.events).toBe(8);
    expect(shop.visitors).toBe(2);
    expect(shop.itemsWithEvents).toBe(2);
    expect(shop.eventsByType).toEqual({ view: 5, addtocart: 1, transaction: 2 });
    expect(shop.visitorsByType).toEqual({ view: 2, addtocart: 1, transaction: 1 });
    expect(shop.duplicateRows).toBe(1);
    expect([shop.transactionIds, shop.transactionIdsWithSeveralRows]).toEqual([1, 1]);
  });

  test('measures visitors and items', () => {
    expect([...shop.eventsOfVisitor]).toEqual([2, 6]);
    expect([...shop.distinctItemsOfVisitor]).toEqual([1, 2]);
    expect([...shop.eventsOfItem]).toEqual([3, 5]);
    expect([...shop.viewsOfItem]).toEqual([2, 3]);
    expect([...shop.visitorsOfItem]).toEqual([1, 2]);
    expect(shop.spanDaysOfVisitor[1]).toBeCloseTo(86_390 / 86_400, 9);
  });

  test('follows pairs: what came first', () => {
    expect([shop.pairs, shop.repeatedPairs]).toEqual([3, 3]);
    expect([shop.pairsWithViewAndCart, shop.pairsWithCartAndTransaction]).toEqual([1, 1]);
    expect([shop.viewBeforeCart, shop.cartBeforeTransaction]).toEqual([1, 1]);
    // Item 1 was viewed before it was bought, item 2 after.
    expect(shop.viewBeforeTransaction).toBe(0.5);
  });

  test('follows time', () => {
    expect([...shop.gapSeconds]).toEqual([0, 0, 10, 30, 50, 86_300]);
    expect([shop.viewsByHour[0], shop.viewsByHour[1]]).toEqual([3, 2]);
    expect([...shop.viewersByWeekday]).toEqual([0, 0, 0, 0, 2, 1, 0]);
    // 40 > 10, 86,400 > 3,600.
    expect(shop.descendingRows).toBeCloseTo(2 / 7, 9);
    expect([shop.firstMs, shop.lastMs]).toEqual([10_000, 86_400_000]);
  });

  test('measures more rows than its first buffers hold', () => {
    const many = Array.from({ length: 200_000 }, (_, index) =>
      row(index, String(index % 1_000), 'view', '5'),
    );
    const measured = measureEvents(many);
    expect(measured.events).toBe(200_000);
    expect(quantile(measured.eventsOfVisitor, 0)).toBe(200);
    expect(quantile(measured.gapSeconds, 0.5)).toBe(1_000);
  });
});

test('quantile, countAtLeast and topShare of hand-made values', () => {
  const values = [1, 1, 2, 3, 5, 8, 13, 21, 34, 55];
  expect([0, 0.5, 0.95, 1].map((share) => quantile(values, share))).toEqual([1, 8, 55, 55]);
  expect([0, 2, 55, 56].map((bound) => countAtLeast(values, bound))).toEqual([10, 8, 1, 0]);
  expect(topShare(values, 0.2)).toBeCloseTo(89 / 143, 12);
});
