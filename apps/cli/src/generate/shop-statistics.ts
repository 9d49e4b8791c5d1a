import type { EventInput } from '@sommelier/contracts';

const TYPES = ['view', 'addtocart', 'transaction'] as const;
type TypeName = (typeof TYPES)[number];

/** Figures of an event log that have a published counterpart; see `published-profile.ts` for the words. */
export interface ShopStatistics {
  readonly events: number;
  readonly visitors: number;
  readonly itemsWithEvents: number;
  readonly eventsByType: Record<TypeName, number>;
  readonly visitorsByType: Record<TypeName, number>;
  readonly duplicateRows: number;
  readonly transactionIds: number;
  readonly transactionIdsWithSeveralRows: number;
  /** Share of consecutive rows whose time is before that of the row above. */
  readonly descendingRows: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Ascending, one a visitor. */
  readonly eventsOfVisitor: Uint32Array;
  readonly distinctItemsOfVisitor: Uint32Array;
  readonly spanDaysOfVisitor: Float64Array;
  /** Ascending, one an item with events. */
  readonly eventsOfItem: Uint32Array;
  readonly visitorsOfItem: Uint32Array;
  readonly viewsOfItem: Uint32Array;
  readonly pairs: number;
  readonly repeatedPairs: number;
  readonly pairsWithViewAndCart: number;
  readonly pairsWithCartAndTransaction: number;
  readonly viewBeforeCart: number;
  readonly cartBeforeTransaction: number;
  readonly viewBeforeTransaction: number;
  /** Ascending, seconds. */
  readonly gapSeconds: Float64Array;
  /** `[24]`, views by hour, UTC. */
  readonly viewsByHour: Float64Array;
  /** `[7]`, distinct viewers by day, summed by weekday, Sunday first. */
  readonly viewersByWeekday: Float64Array;
}

/**
 * Collects events row by row, in the order of the log, and measures them at the end. Ids must be digits, as
 * RetailRocket's are: they index typed arrays. Memory: 17 bytes an event, 4 a possible id.
 */
export class ShopMeasure {
  #count = 0;
  #timestampsMs = new Float64Array(1 << 16);
  #users = new Uint32Array(1 << 16);
  #items = new Uint32Array(1 << 16);
  #types = new Uint8Array(1 << 16);
  #descending = 0;
  readonly #rowsOfTransaction = new Map<string, number>();

  add(event: EventInput): void {
    if (this.#count === this.#types.length) this.#grow();
    const row = this.#count++;
    this.#timestampsMs[row] = event.timestampMs;
    this.#users[row] = Number(event.userId);
    this.#items[row] = Number(event.itemId);
    this.#types[row] = TYPES.indexOf(event.type as TypeName);
    if (row > 0 && event.timestampMs < this.#timestampsMs[row - 1]!) this.#descending++;
    const { transactionId } = event;
    if (transactionId !== undefined)
      this.#rowsOfTransaction.set(transactionId, (this.#rowsOfTransaction.get(transactionId) ?? 0) + 1);
  }

  #grow(): void {
    const enlarge = <T extends { set(from: T): void }>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const size = this.#types.length * 2;
    this.#timestampsMs = enlarge(this.#timestampsMs, new Float64Array(size));
    this.#users = enlarge(this.#users, new Uint32Array(size));
    this.#items = enlarge(this.#items, new Uint32Array(size));
    this.#types = enlarge(this.#types, new Uint8Array(size));
  }

  finish(): ShopStatistics {
    const count = this.#count;
    const timestampsMs = this.#timestampsMs.subarray(0, count);
    const items = this.#items.subarray(0, count);
    const types = this.#types.subarray(0, count);
    const byVisitor = groupRows(this.#users.subarray(0, count));
    const visitors = measureVisitors(byVisitor, timestampsMs, items, types);
    const byItem = countBy(items);
    const viewsByItem = countBy(items.filter((_, row) => types[row] === 0));
    const viewsByHour = new Float64Array(24);
    const eventsByType = { view: 0, addtocart: 0, transaction: 0 };
    let firstMs = Number.POSITIVE_INFINITY;
    let lastMs = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < count; row++) {
      const timeMs = timestampsMs[row]!;
      firstMs = Math.min(firstMs, timeMs);
      lastMs = Math.max(lastMs, timeMs);
      eventsByType[TYPES[types[row]!]!]++;
      if (types[row] === 0) viewsByHour[Math.floor(timeMs / 3_600_000) % 24]!++;
    }
    const severalRows = [...this.#rowsOfTransaction.values()].filter((rows) => rows > 1).length;
    return {
      ...visitors,
      events: count,
      visitors: visitors.eventsOfVisitor.length,
      itemsWithEvents: byItem.length,
      eventsByType,
      transactionIds: this.#rowsOfTransaction.size,
      transactionIdsWithSeveralRows: severalRows,
      descendingRows: this.#descending / Math.max(1, count - 1),
      firstMs,
      lastMs,
      eventsOfItem: byItem,
      viewsOfItem: viewsByItem,
      viewsByHour,
    };
  }
}

/** Measures a whole log; see {@link ShopMeasure}. */
export function measureEvents(events: Iterable<EventInput>): ShopStatistics {
  const measure = new ShopMeasure();
  for (const event of events) measure.add(event);
  return measure.finish();
}

/** The value below which the given share of ascending values lies (nearest rank); NaN of nothing. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  if (ascending.length === 0) return Number.NaN;
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))]!;
}

/** Values that are at least the bound, of ascending ones. */
export function countAtLeast(ascending: ArrayLike<number>, bound: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}

/** Share of the sum that the largest values have, `share` being the share of the values that count as such. */
export function topShare(ascending: ArrayLike<number>, share: number): number {
  const top = Math.round(ascending.length * share);
  let sum = 0;
  let topSum = 0;
  for (let index = 0; index < ascending.length; index++) {
    sum += ascending[index]!;
    if (index >= ascending.length - top) topSum += ascending[index]!;
  }
  return topSum / sum;
}

/** Rows grouped by key (counting sort): those of key k are `rows[offsets[k]]` to `rows[offsets[k + 1] - 1]`. */
function groupRows(keys: Uint32Array): { offsets: Uint32Array; rows: Uint32Array } {
  let largest = 0;
  for (const key of keys) largest = Math.max(largest, key);
  const offsets = new Uint32Array(largest + 2);
  for (const key of keys) offsets[key + 1]!++;
  for (let key = 0; key <= largest; key++) offsets[key + 1]! += offsets[key]!;
  const next = offsets.slice();
  const rows = new Uint32Array(keys.length);
  for (const [row, key] of keys.entries()) rows[next[key]!++] = row;
  return { offsets, rows };
}

/** How often each key occurs, ascending, without the keys that do not. */
function countBy(keys: Uint32Array): Uint32Array {
  const { offsets } = groupRows(keys);
  return offsets
    .subarray(1)
    .map((end, key) => end - offsets[key]!)
    .filter((count) => count > 0)
    .sort();
}

type VisitorStatistics = Pick<
  ShopStatistics,
  | 'visitorsByType'
  | 'duplicateRows'
  | 'eventsOfVisitor'
  | 'distinctItemsOfVisitor'
  | 'spanDaysOfVisitor'
  | 'visitorsOfItem'
  | 'pairs'
  | 'repeatedPairs'
  | 'pairsWithViewAndCart'
  | 'pairsWithCartAndTransaction'
  | 'viewBeforeCart'
  | 'cartBeforeTransaction'
  | 'viewBeforeTransaction'
  | 'gapSeconds'
  | 'viewersByWeekday'
>;

/** Running sums over visitors. */
class VisitorSums {
  readonly events: number[] = [];
  readonly distinct: number[] = [];
  readonly spans: number[] = [];
  readonly gaps: number[] = [];
  readonly itemOfPair: number[] = [];
  readonly withType = [0, 0, 0];
  readonly viewersByWeekday = new Float64Array(7);
  /** For the pairs (view, cart), (cart, transaction), (view, transaction): with both, and in that order. */
  readonly both = [0, 0, 0];
  readonly inOrder = [0, 0, 0];
  duplicates = 0;
  repeated = 0;
}

function measureVisitors(
  grouped: { offsets: Uint32Array; rows: Uint32Array },
  timestampsMs: Float64Array,
  items: Uint32Array,
  types: Uint8Array,
): VisitorStatistics {
  const sums = new VisitorSums();
  for (let user = 0; user + 1 < grouped.offsets.length; user++) {
    const rows = grouped.rows.subarray(grouped.offsets[user], grouped.offsets[user + 1]);
    if (rows.length === 0) continue;
    rows.sort((a, b) => timestampsMs[a]! - timestampsMs[b]!);
    addTimes(sums, rows, timestampsMs, types);
    addPairs(sums, rows, timestampsMs, items, types);
  }
  const [view, addtocart, transaction] = sums.withType;
  return {
    visitorsByType: { view: view!, addtocart: addtocart!, transaction: transaction! },
    duplicateRows: sums.duplicates,
    eventsOfVisitor: Uint32Array.from(sums.events).sort(),
    distinctItemsOfVisitor: Uint32Array.from(sums.distinct).sort(),
    spanDaysOfVisitor: Float64Array.from(sums.spans).sort(),
    visitorsOfItem: countBy(Uint32Array.from(sums.itemOfPair)),
    pairs: sums.itemOfPair.length,
    repeatedPairs: sums.repeated,
    pairsWithViewAndCart: sums.both[0]!,
    pairsWithCartAndTransaction: sums.both[1]!,
    viewBeforeCart: sums.inOrder[0]! / sums.both[0]!,
    cartBeforeTransaction: sums.inOrder[1]! / sums.both[1]!,
    viewBeforeTransaction: sums.inOrder[2]! / sums.both[2]!,
    gapSeconds: Float64Array.from(sums.gaps).sort(),
    viewersByWeekday: sums.viewersByWeekday,
  };
}

function addTimes(sums: VisitorSums, rows: Uint32Array, timestampsMs: Float64Array, types: Uint8Array): void {
  sums.events.push(rows.length);
  sums.spans.push((timestampsMs[rows[rows.length - 1]!]! - timestampsMs[rows[0]!]!) / 86_400_000);
  const seenTypes = [false, false, false];
  let lastViewDay = -1;
  for (const [index, row] of rows.entries()) {
    const timeMs = timestampsMs[row]!;
    if (index > 0) sums.gaps.push((timeMs - timestampsMs[rows[index - 1]!]!) / 1_000);
    seenTypes[types[row]!] = true;
    const day = Math.floor(timeMs / 86_400_000);
    if (types[row] !== 0 || day === lastViewDay) continue;
    lastViewDay = day;
    sums.viewersByWeekday[new Date(timeMs).getUTCDay()]!++;
  }
  for (const type of [0, 1, 2]) if (seenTypes[type]) sums.withType[type]!++;
}

const TYPE_PAIRS = [
  [0, 1],
  [1, 2],
  [0, 2],
] as const;

function addPairs(
  sums: VisitorSums,
  rows: Uint32Array,
  timestampsMs: Float64Array,
  items: Uint32Array,
  types: Uint8Array,
): void {
  /** By item: first time of each type, and the number of rows. */
  const pairs = new Map<number, { firsts: number[]; rows: number }>();
  const seen = new Set<string>();
  for (const row of rows) {
    const item = items[row]!;
    const pair = pairs.get(item) ?? { firsts: [], rows: 0 };
    pair.firsts[types[row]!] ??= timestampsMs[row]!;
    pair.rows++;
    pairs.set(item, pair);
    if (rows.length > 1) seen.add(`${timestampsMs[row]} ${item} ${types[row]}`);
  }
  if (rows.length > 1) sums.duplicates += rows.length - seen.size;
  sums.distinct.push(pairs.size);
  for (const [item, pair] of pairs) {
    sums.itemOfPair.push(item);
    if (pair.rows > 1) sums.repeated++;
    for (const [index, [earlier, later]] of TYPE_PAIRS.entries()) {
      const before = pair.firsts[earlier];
      const after = pair.firsts[later];
      if (before === undefined || after === undefined) continue;
      sums.both[index]!++;
      if (before <= after) sums.inOrder[index]!++;
    }
  }
}
