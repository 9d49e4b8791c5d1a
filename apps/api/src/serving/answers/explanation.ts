import type { Explanation } from '@sommelier/contracts';
import type { FilterPart } from '../../catalogue/eligibility-masks.ts';
import type { TopResult } from '../scoring/scoring-protocol.ts';

/** What is known of a request outside of the scoring thread. */
export interface RequestStages {
  readonly removed: Record<FilterPart, number>;
  /** Milliseconds until the database said what the user did; absent where nobody was asked. */
  readonly historyMs?: number | undefined;
  readonly filterMs: number;
  /** From the question to the scoring thread's answer. */
  readonly askedMs: number;
}

/** Puts together what thread and request know; undefined for an answer that was not to be explained. */
export function explanationOf(
  { items, explained }: TopResult,
  { removed, historyMs, filterMs, askedMs }: RequestStages,
): Explanation | undefined {
  if (explained === undefined) return undefined;
  const { carriedBy, counts, scoreMs, explainMs } = explained;
  const { exclude, seen, ...sizes } = counts;
  const timings = {
    ...(historyMs !== undefined && { historyMs }),
    filterMs,
    // The messages between the threads are part of the wait.
    queueMs: Math.max(0, askedMs - scoreMs - explainMs),
    scoreMs,
    explainMs,
  };
  return {
    items: items.map(({ itemId }, place) => ({ itemId, carriedBy: [...carriedBy[place]!] })),
    catalogue: { ...sizes, removed: { ...removed, exclude, seen } },
    timings: Object.fromEntries(
      Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 1_000) / 1_000]),
    ),
  };
}
