import type { Interactions } from '../preparation/interactions.ts';

/** Share of the interactions that the default cut leaves after itself. */
export const SHARE_AFTER_CUT = 0.1;

/**
 * The default cut (Unix ms): the time that leaves the last tenth of the interactions after itself, by the time of their
 * last event. A share of the interactions and not of the days, so that a quiet week or a sale moves it with the events.
 * Where many share a time, as few as possible more than a tenth are left after it; undefined when all interactions
 * have the same time, so that nothing is before the cut.
 */
export function defaultCutMs({ timestampsMs }: Pick<Interactions, 'timestampsMs'>): number | undefined {
  if (timestampsMs.length === 0) return undefined;
  const sorted = timestampsMs.slice().sort();
  const first = Math.floor((1 - SHARE_AFTER_CUT) * sorted.length);
  const after = sorted[Math.min(first, sorted.length - 1)]!;
  // The largest time below that of the first pair after the cut.
  let place = first;
  while (place > 0 && sorted[place - 1]! >= after) place--;
  return place === 0 ? undefined : sorted[place - 1]!;
}
