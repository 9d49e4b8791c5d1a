import { expect, test } from '@jest/globals';
import { DEMO_SHOP } from './presets.ts';
import { generateShop, type ShopOptions } from './shop.ts';

/** Distinct items of each visitor, in the order of their first event. */
function historiesOf(options: ShopOptions): string[][] {
  const events = [...generateShop(options).events()].sort((a, b) => a.timestampMs - b.timestampMs);
  const histories = new Map<string, Set<string>>();
  for (const { userId, itemId } of events)
    histories.set(userId, (histories.get(userId) ?? new Set()).add(itemId));
  return [...histories.values()].map((items) => [...items]).filter((items) => items.length >= 3);
}

/** Share of visitors whose last new item is among the ten best unseen ones, by popularity and by co-occurrence. */
function hitRates(histories: readonly string[][]): { popularity: number; together: number } {
  const past = histories.map((items) => items.slice(0, -1));
  const popularity = new Map<string, number>();
  const visitorsOf = new Map<string, number[]>();
  for (const [visitor, items] of past.entries())
    for (const item of items) {
      popularity.set(item, (popularity.get(item) ?? 0) + 1);
      visitorsOf.set(item, [...(visitorsOf.get(item) ?? []), visitor]);
    }
  const hits = { popularity: 0, together: 0 };
  const asked = Math.min(400, histories.length);
  for (let visitor = 0; visitor < asked; visitor++) {
    const together = new Map<string, number>();
    for (const item of past[visitor]!)
      for (const other of visitorsOf.get(item)!)
        if (other !== visitor)
          for (const candidate of past[other]!)
            together.set(
              candidate,
              (together.get(candidate) ?? 0) + 1 / Math.sqrt(popularity.get(candidate)!),
            );
    const target = histories[visitor]!.at(-1)!;
    if (isAmongBest(popularity, target, past[visitor]!)) hits.popularity++;
    if (isAmongBest(together, target, past[visitor]!)) hits.together++;
  }
  return { popularity: hits.popularity / asked, together: hits.together / asked };
}

/** A tie counts against the target. */
function isAmongBest(scores: ReadonlyMap<string, number>, target: string, seen: readonly string[]): boolean {
  const score = scores.get(target) ?? 0;
  if (score === 0) return false;
  let better = 0;
  for (const [item, other] of scores) if (other >= score && item !== target && !seen.includes(item)) better++;
  return better < 10;
}

test('with the published profile, what others looked at too beats popularity by a factor', () => {
  const rates = hitRates(historiesOf({ visitors: 40_000, days: 60 }));
  expect(rates.together).toBeGreaterThan(3 * rates.popularity);
  // There is noise left: tastes do not give everything away.
  expect(rates.together).toBeLessThan(0.6);
});

test('in the shop of the demo it does so clearly', () => {
  const rates = hitRates(historiesOf(DEMO_SHOP));
  expect(rates.together).toBeGreaterThan(5 * rates.popularity);
  expect(rates.together).toBeLessThan(0.7);
});

test('the demonstration can fail: with tastes shuffled away, both are alike', () => {
  const histories = historiesOf(DEMO_SHOP);
  // Every visitor gets someone else's last item.
  const shuffled = histories.map((items, index) => {
    const stranger = histories[(index + 1_237) % histories.length]!.at(-1)!;
    return [...items.slice(0, -1).filter((item) => item !== stranger), stranger];
  });
  const rates = hitRates(shuffled);
  expect(rates.together).toBeLessThan(2 * rates.popularity + 0.02);
});
