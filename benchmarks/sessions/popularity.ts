import { type NextItemRanker, rankByScores } from './next-item.ts';
import type { Session } from './session.ts';

/** Items by the number of events on them. */
export function popularityRanker(sessions: readonly Session[]): NextItemRanker {
  const counts = new Map<string, number>();
  for (const { items } of sessions) for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  const sorted = [...counts.values()].sort((a, b) => b - a);
  return {
    rank(beginning, next) {
      // Most items are far from the top; only for the others is the whole table looked at.
      const own = counts.get(next) ?? 0;
      const inReach = sorted[Math.min(sorted.length, 20 + beginning.items.length) - 1] ?? 0;
      if (own < inReach) return { rank: Number.POSITIVE_INFINITY, rankUnseen: Number.POSITIVE_INFINITY };
      return rankByScores(counts, beginning, next);
    },
  };
}
