import { PUBLISHED } from './published-profile.ts';
import { countAtLeast, quantile, type ShopStatistics, topShare } from './shop-statistics.ts';

/** One figure, as published and as measured on a generated shop. */
export interface ProfileRow {
  readonly figure: string;
  readonly published: number;
  readonly generated: number;
  /** Digits after the point when printed. */
  readonly digits: number;
}

/**
 * The figures of a generated shop beside the published ones. Shares, quantiles and means are comparable at every
 * size; totals only at the published one, so they are divided by the number of visitors.
 */
export function compareWithPublished(shop: ShopStatistics): ProfileRow[] {
  return [
    ...compareTotals(shop),
    ...compareVisitors(shop),
    ...compareItems(shop),
    ...comparePairs(shop),
    ...compareTimes(shop),
  ];
}

const row = (figure: string, published: number, generated: number, digits = 4): ProfileRow => ({
  figure,
  published,
  generated,
  digits,
});

/** `name` for each 100 visitors, on both sides. */
function perHundred(figure: string, published: number, generated: number, visitors: number): ProfileRow {
  return row(
    `${figure} per 100 visitors`,
    (100 * published) / PUBLISHED.visitors,
    (100 * generated) / visitors,
    3,
  );
}

function compareTotals(shop: ShopStatistics): ProfileRow[] {
  return [
    row('visitors', PUBLISHED.visitors, shop.visitors, 0),
    row('events', PUBLISHED.events, shop.events, 0),
    row('items with events', PUBLISHED.itemsWithEvents, shop.itemsWithEvents, 0),
    ...(['view', 'addtocart', 'transaction'] as const).map((type) =>
      row(
        `share of events: ${type}`,
        PUBLISHED.eventsByType[type] / PUBLISHED.events,
        shop.eventsByType[type] / shop.events,
        5,
      ),
    ),
    ...(['addtocart', 'transaction'] as const).map((type) =>
      perHundred(
        `visitors with ${type}`,
        PUBLISHED.visitorsByType[type],
        shop.visitorsByType[type],
        shop.visitors,
      ),
    ),
    perHundred('transaction ids', PUBLISHED.transactionIds, shop.transactionIds, shop.visitors),
    perHundred(
      'transaction ids with several rows',
      PUBLISHED.transactionIdsWithSeveralRows,
      shop.transactionIdsWithSeveralRows,
      shop.visitors,
    ),
    perHundred('exact duplicate rows', 460, shop.duplicateRows, shop.visitors),
  ];
}

function compareVisitors(shop: ShopStatistics): ProfileRow[] {
  const events = shop.eventsOfVisitor;
  const exactly = (count: number): number => countAtLeast(events, count) - countAtLeast(events, count + 1);
  return [
    row('events of a visitor: mean', PUBLISHED.events / PUBLISHED.visitors, shop.events / shop.visitors, 3),
    ...([1, 2, 3, 5, 10] as const).map((count) =>
      row(
        `visitors with exactly ${count}`,
        PUBLISHED.visitorsWithExactly[count] / PUBLISHED.visitors,
        exactly(count) / shop.visitors,
        5,
      ),
    ),
    ...([2, 3, 5, 10, 20, 100] as const).map((count) =>
      row(
        `visitors with at least ${count}`,
        PUBLISHED.visitorsWithAtLeast[count] / PUBLISHED.visitors,
        countAtLeast(events, count) / shop.visitors,
        5,
      ),
    ),
    row('events of a visitor: max', PUBLISHED.maxEventsOfVisitor, quantile(events, 1), 0),
    ...(['p75', 'p90', 'p95', 'p99'] as const).map((name) =>
      row(
        `distinct items of a visitor: ${name}`,
        PUBLISHED.distinctItemsOfVisitor[name],
        quantile(shop.distinctItemsOfVisitor, shareOf(name)),
        0,
      ),
    ),
    ...(['p90', 'p95', 'p99'] as const).map((name) =>
      row(
        `days from first to last event: ${name}`,
        PUBLISHED.spanDaysOfVisitor[name],
        quantile(shop.spanDaysOfVisitor, shareOf(name)),
        2,
      ),
    ),
  ];
}

function compareItems(shop: ShopStatistics): ProfileRow[] {
  const events = shop.eventsOfItem;
  const names = ['p50', 'p75', 'p95', 'p99', 'max'] as const;
  return [
    row('events of an item: mean', PUBLISHED.eventsOfItem.mean, shop.events / events.length, 2),
    ...names.map((name) =>
      row(`events of an item: ${name}`, PUBLISHED.eventsOfItem[name], quantile(events, shareOf(name)), 0),
    ),
    row(
      'items with exactly 1 event',
      PUBLISHED.eventsOfItem.exactlyOne / PUBLISHED.itemsWithEvents,
      1 - countAtLeast(events, 2) / events.length,
    ),
    ...names.map((name) =>
      row(
        `visitors of an item: ${name}`,
        PUBLISHED.visitorsOfItem[name],
        quantile(shop.visitorsOfItem, shareOf(name)),
        0,
      ),
    ),
    ...([1, 5, 10] as const).map((percent) =>
      row(
        `views of the top ${percent}% items`,
        PUBLISHED.topShareOfViews[percent],
        topShare(shop.viewsOfItem, percent / 100),
      ),
    ),
  ];
}

function comparePairs(shop: ShopStatistics): ProfileRow[] {
  return [
    row('pairs of visitor and item, per event', PUBLISHED.pairs / PUBLISHED.events, shop.pairs / shop.events),
    row(
      'repeated pairs, per pair',
      PUBLISHED.repeatedPairs / PUBLISHED.pairs,
      shop.repeatedPairs / shop.pairs,
    ),
    perHundred(
      'pairs viewed and carted',
      PUBLISHED.pairsWithViewAndCart,
      shop.pairsWithViewAndCart,
      shop.visitors,
    ),
    perHundred(
      'pairs carted and bought',
      PUBLISHED.pairsWithCartAndTransaction,
      shop.pairsWithCartAndTransaction,
      shop.visitors,
    ),
    row('view before cart', PUBLISHED.viewBeforeCart, shop.viewBeforeCart),
    row('cart before transaction', PUBLISHED.cartBeforeTransaction, shop.cartBeforeTransaction),
    row('view before transaction', PUBLISHED.viewBeforeTransaction, shop.viewBeforeTransaction),
  ];
}

function compareTimes(shop: ShopStatistics): ProfileRow[] {
  return [
    ...(['p25', 'p50', 'p75', 'p90', 'p95'] as const).map((name) =>
      row(
        `seconds between events: ${name}`,
        PUBLISHED.gapSeconds[name],
        quantile(shop.gapSeconds, shareOf(name)),
        0,
      ),
    ),
    row('hours of views: distance', 0, distanceOfShares(PUBLISHED.viewsByHour, shop.viewsByHour)),
    row(
      'weekdays of viewers: distance',
      0,
      distanceOfShares(PUBLISHED.viewersByWeekday, shop.viewersByWeekday),
    ),
  ];
}

function shareOf(name: string): number {
  return name === 'max' ? 1 : Number(name.slice(1)) / 100;
}

/** Total variation distance between two histograms: the share that would have to move. */
export function distanceOfShares(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const sum = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((total, value) => total + value, 0);
  const [sumOfOne, sumOfOther] = [sum(one), sum(other)];
  const moved = Array.from(one, (value, index) => Math.abs(value / sumOfOne - other[index]! / sumOfOther));
  return sum(moved) / 2;
}
