import type { EventInput, RunStatus } from '@sommelier/contracts';
import { POISONS } from '../gate/poisons.ts';
import type { PoisonName } from './fault.ts';
import { earlierEvents, isReader, itemIdOf, laterEvents, type Shop } from './shop.ts';

const MINUTE_MS = 60_000;
/** A late visitor comes so much later than all others, and the window is shorter. */
const LATE_MS = 50 * MINUTE_MS;
const SHORT_WINDOW_DAYS = 0.02;

/** What is put into the log, what is asked for, and what the run must come to. */
export interface PoisonPlan {
  readonly events: readonly EventInput[];
  /** Overrides of the run's configuration. */
  readonly request: object;
  readonly statuses: readonly RunStatus[];
  readonly codes?: readonly string[];
  /** A data check that must not say `ok`. */
  readonly warning?: string;
}

/** The poisons of the gate's benchmark that can be added to a log, and two that a request makes of it. */
export function poisonPlan(name: PoisonName, shop: Shop, atMs: number): PoisonPlan {
  switch (name) {
    case 'shuffled-items':
      return { ...added('items of the newest events shuffled', shop, atMs), ...REFUSED_BY_THE_GATE };
    case 'flood':
      return { ...added("one user's flood, as many events as all others", shop, atMs), ...NEUTRALISED };
    case 'far-future':
      return { ...added('one event in a hundred 30 years in the future', shop, atMs), ...NEUTRALISED };
    case 'empty-window': {
      const late = { userId: 'late-visitor', itemId: itemIdOf(0), type: 'view', timestampMs: atMs + LATE_MS };
      return { events: [late], request: { data: { windowDays: SHORT_WINDOW_DAYS } }, ...NOTHING_LEFT };
    }
    case 'no-weighted-type':
      return { events: [], request: { data: { weights: { heartbeat: 1 } } }, ...NOTHING_LEFT };
  }
}

const REFUSED_BY_THE_GATE = { statuses: ['rejected'], codes: ['model-rejected'] } as const;
const NEUTRALISED = { statuses: ['succeeded'] } as const;
const NOTHING_LEFT = { statuses: ['failed'], codes: ['all-filtered', 'too-few-interactions'] } as const;

/** What a poison adds to the log, or would put in the place of what is there. */
function added(
  name: string,
  shop: Shop,
  atMs: number,
): Pick<PoisonPlan, 'events' | 'request'> & { warning?: string } {
  const poison = POISONS.find((one) => one.name === name);
  if (poison === undefined) throw new Error(`The gate's benchmark has no poison "${name}"`);
  const earlier = earlierEvents(shop);
  // Only what is newer than what the served model has seen is shuffled, so only that poison needs it.
  const log = poison.declared.includes('rejected') ? [...earlier, ...laterEvents(shop, atMs)] : earlier;
  const untilMs = Math.max(...earlier.map(({ timestampMs }) => timestampMs));
  const poisoned = poison.apply(log, untilMs, shop.seed);
  const events = poisoned.filter(
    (event, index) => (index >= earlier.length || event !== log[index]) && !isReader(event.userId),
  );
  return { events, request: {}, ...(poison.warning !== undefined && { warning: poison.warning }) };
}
