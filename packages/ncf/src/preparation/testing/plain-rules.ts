import type { LoggedEvent } from './event-log.ts';

function groupBy(
  events: readonly LoggedEvent[],
  keyOf: (event: LoggedEvent) => string,
): Map<string, LoggedEvent[]> {
  const groups = new Map<string, LoggedEvent[]>();
  for (const event of events) groups.set(keyOf(event), [...(groups.get(keyOf(event)) ?? []), event]);
  return groups;
}

/** The four rules on objects, as plainly as they read, with the default configuration: each user's pairs as text. */
export function plainPairs(events: readonly LoggedEvent[], windowMs: number): Record<string, string[]> {
  const weights: Record<string, number> = { view: 1, addtocart: 2, transaction: 3 };
  const newest = Math.max(...events.map(([time]) => time));
  const weighted = events.filter(([time, , , type]) => time > newest - windowMs && weights[type ?? 'view']);
  const byUser = groupBy(weighted, ([, user]) => user);
  const counts = [...byUser.values()].map(({ length }) => length);
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  const most = mean + 2 * Math.sqrt(squares / (counts.length - 1));
  const rows: Record<string, string[]> = {};
  for (const [user, own] of byUser) {
    const byItem = groupBy(own, ([, , item]) => item);
    if (own.length < 3 || own.length > most || byItem.size < 2) continue;
    rows[user] = [...byItem]
      .map(([item, pair]) => ({
        item,
        strength: Math.max(...pair.map(([, , , type]) => weights[type ?? 'view']!)),
        time: Math.max(...pair.map(([time]) => time)),
      }))
      .sort((a, b) => a.time - b.time || (a.item < b.item ? -1 : 1))
      .map(({ item, strength, time }) => `${item} ${strength} ${time}`);
  }
  return rows;
}
