import type { Curve } from './curve.ts';

/**
 * The published profile of the RetailRocket data set (events.csv and category_tree.csv, 3 May to 18 September
 * 2015), as audits of the full files report it. The generator is calibrated to these figures and its tests compare
 * with them; no row of the data set is part of this repository.
 */
export const PUBLISHED = {
  visitors: 1_407_580,
  /** Items with at least one event. */
  itemsWithEvents: 235_061,
  /** Items that the shop describes, whether or not anybody looked at them. */
  catalogueItems: 417_053,
  days: 138,
  endIso: '2015-09-18T03:00:00.000Z',
  events: 2_756_101,
  eventsByType: { view: 2_664_312, addtocart: 69_332, transaction: 22_457 },
  duplicateRows: { view: 94, addtocart: 366, transaction: 0 },
  transactionIds: 17_672,
  transactionIdsWithSeveralRows: 2_710,
  visitorsByType: { view: 1_404_179, addtocart: 37_722, transaction: 11_719 },
  /** Visitors with exactly, and with at least, so many events. */
  visitorsWithExactly: { 1: 1_001_560, 2: 205_992, 3: 79_612, 5: 22_967, 10: 3_659 },
  visitorsWithAtLeast: { 2: 406_020, 3: 200_028, 5: 81_620, 10: 23_241, 20: 6_610, 100: 408 },
  maxEventsOfVisitor: 7_757,
  distinctItemsOfVisitor: { p75: 1, p90: 2, p95: 3, p99: 8 },
  spanDaysOfVisitor: { p90: 0.48, p95: 10.31, p99: 69.089 },
  eventsOfItem: { mean: 11.725, p50: 3, p75: 9, p95: 47, p99: 143, max: 3_412, exactlyOne: 73_609 },
  visitorsOfItem: { p50: 2, p75: 7, p95: 36, p99: 105, max: 2_912 },
  /** Share of all views that the most viewed items have. */
  topShareOfViews: { 1: 0.22717, 5: 0.489056, 10: 0.635737 },
  pairs: 2_145_179,
  repeatedPairs: 333_038,
  pairsWithViewAndCart: 49_500,
  pairsWithCartAndTransaction: 19_045,
  /** Shares of the pairs with both types in which the first event of the one is not after that of the other. */
  viewBeforeCart: 0.925333,
  cartBeforeTransaction: 0.997795,
  viewBeforeTransaction: 0.98567,
  /** Seconds between two consecutive events of a visitor. */
  gapSeconds: { p25: 38, p50: 136, p75: 2_449, p90: 263_524, p95: 1_190_249 },
  /** Views by hour of the day, UTC. */
  viewsByHour: [
    139_454, 136_080, 141_527, 146_751, 143_289, 116_034, 74_691, 42_633, 24_660, 17_440, 16_044, 19_857,
    30_733, 49_767, 79_519, 124_718, 155_820, 172_603, 174_312, 176_358, 180_879, 177_573, 169_627, 153_849,
  ],
  /** Distinct viewers by weekday, Sunday first. */
  viewersByWeekday: [197_384, 251_617, 254_023, 245_705, 239_442, 220_530, 181_604],
  /** Nodes of the category tree by depth, roots first. */
  categoriesByDepth: [25, 174, 702, 665, 90, 13],
  categoriesWithChildren: 362,
} as const;

/**
 * Visitors with at least x events. The points are published up to 100 events; between there and the busiest visitor
 * the curve is bent so that the events add up to the published total.
 */
export const VISITORS_WITH_AT_LEAST: Curve & { scale: 'log-log' } = {
  scale: 'log-log',
  points: [
    [1, 1_407_580],
    [2, 406_020],
    [3, 200_028],
    [4, 120_416],
    [5, 81_620],
    [6, 58_653],
    [10, 23_241],
    [11, 19_582],
    [20, 6_610],
    [100, 408],
    [1_000, 32],
    [7_757, 0.7],
  ],
};

/** Seconds between two events of a visitor by the share of gaps that are shorter. */
export const GAP_QUANTILES: Curve & { scale: 'log-y' } = {
  scale: 'log-y',
  points: [
    [0, 2],
    [0.1, 14],
    [0.25, 38],
    [0.5, 136],
    [0.75, 2_449],
    [0.9, 263_524],
    [0.95, 1_190_249],
    [0.99, 5_160_078],
    [1, 11_787_451],
  ],
};

/** What visitors with at least `fromEvents` events do besides looking: shares that buy, and that at most fill a cart. */
export const VISITOR_KINDS = [
  { fromEvents: 1, buyers: 0.00007, carters: 0.00155 },
  { fromEvents: 2, buyers: 0.0028, carters: 0.0304 },
  { fromEvents: 3, buyers: 0.0292, carters: 0.0625 },
  { fromEvents: 5, buyers: 0.0654, carters: 0.1119 },
  { fromEvents: 10, buyers: 0.1302, carters: 0.174 },
  { fromEvents: 20, buyers: 0.2457, carters: 0.2287 },
] as const;
