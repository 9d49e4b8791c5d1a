import { SommelierError } from '@sommelier/contracts';

/** Versions that wait for the one that is checked; each has at least one request open. */
const MOST_WAITING = 8;

/**
 * Checks versions one after the other, since a check takes as much memory as a model. Who asks for a version that is
 * checked or waits gets the outcome of that check.
 * @throws SommelierError `overloaded` (rejects) when too many versions wait; what the check throws
 */
export function checksInTurn(check: (version: string) => Promise<void>): (version: string) => Promise<void> {
  const unfinished = new Map<string, Promise<void>>();
  let last: Promise<unknown> = Promise.resolve();
  return async (version) => {
    const same = unfinished.get(version);
    if (same !== undefined) return same;
    if (unfinished.size > MOST_WAITING) {
      const message = `${unfinished.size} other models are being checked: try again in a moment.`;
      throw new SommelierError('overloaded', message);
    }
    const checked = last.then(() => check(version)).finally(() => unfinished.delete(version));
    last = checked.catch(() => undefined);
    unfinished.set(version, checked);
    return checked;
  };
}
