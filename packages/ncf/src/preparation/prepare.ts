import { type DataConfig, type Funnel, type FunnelCounts, SommelierError } from '@sommelier/contracts';
import { distinctPairs } from './distinct-pairs.ts';
import type { EventColumns } from './event-columns.ts';
import { eventCountLimit } from './event-count-limit.ts';
import { FunnelLog } from './funnel-log.ts';
import { interactionRows } from './interaction-rows.ts';
import type { Interactions } from './interactions.ts';
import {
  countBy,
  countKept,
  type EventsByUser,
  eventsInWindow,
  groupByUser,
  type KeptEvents,
  keepUsers,
  keepWhere,
  weightsByType,
} from './kept-events.ts';
import type { EventWindow } from './window.ts';

/** A model needs something to tell apart. */
const MIN_ITEMS = 2;

export interface PrepareOptions extends EventWindow {
  /** What the database holds in all; the columns may have been read with the window already applied. */
  readonly stored: FunnelCounts;
  /** Gets the funnel as far as it came when the preparation is about to throw. */
  readonly onRefused?: (funnel: Funnel) => void;
}

export interface PreparedEvents {
  readonly interactions: Interactions;
  readonly funnel: Funnel;
  /** Time of the newest event of the window, of whatever type (Unix ms). */
  readonly trainedUntilMs: number;
}

/**
 * Makes the interactions that a model is trained on from events, and reports what each step kept and dropped.
 *
 * The window comes first; event types without a weight are dropped; then (1) users need `minEvents` events and at
 * most mean + `outlierDeviations` sample standard deviations over the users that are left, (2) `minDistinctItems`
 * distinct items, (3) the strength of a pair is the largest weight of its events, (4) indices follow the UTF-8 bytes
 * of the ids. In the funnel's last step, the events of a pair count as the one that it became.
 *
 * The result does not depend on the order of the events.
 * @throws SommelierError `no-events` without any event, `all-filtered` when the rules leave no user (the message says
 *   which dropped how many), `too-few-interactions` when fewer than 2 items are left.
 */
export function prepare(columns: EventColumns, config: DataConfig, options: PrepareOptions): PreparedEvents {
  const funnel = new FunnelLog();
  const inWindow = windowStep(columns, options, funnel);
  const trainedUntilMs = newestOf(inWindow, columns);
  const weights = weightsByType(columns, config.weights);

  let kept = keepWhere(inWindow, columns.types, weights);
  funnel.add(
    'weighted-types',
    `keep events of the types ${listOf(config.weights)}`,
    countKept(kept, columns),
  );
  kept = eventCountStep(kept, columns, config, funnel);
  const byUser = distinctItemsStep(groupByUser(kept, columns), columns, config, funnel);
  const { fromMs, asOfMs } = options;
  const eventsByType = eventsByTypeOf(inWindow, columns);
  const funnelOf = (pairs: number): Funnel => {
    return { asOfMs, fromMs, steps: funnel.steps, eventsByType, interactions: pairs };
  };
  if (byUser.events.length === 0) {
    options.onRefused?.(funnelOf(0));
    throw allFiltered(funnel);
  }

  const interactions = interactionRows(distinctPairs(byUser, columns, weights), columns);
  const pairs = interactions.items.length;
  funnel.add('interactions', 'join the events of a user and an item, the largest weight is the strength', {
    users: interactions.userIds.length,
    items: interactions.itemIds.length,
    events: pairs,
  });
  if (interactions.itemIds.length < MIN_ITEMS) {
    options.onRefused?.(funnelOf(pairs));
    throw tooFewItems(interactions, funnel);
  }
  return { interactions, funnel: funnelOf(pairs), trainedUntilMs };
}

function windowStep(columns: EventColumns, options: PrepareOptions, funnel: FunnelLog): KeptEvents {
  const kept = eventsInWindow(columns, options);
  const counts = countKept(kept, columns);
  const { stored, fromMs, asOfMs } = options;
  // Events may arrive between the count and the reading.
  const all = {
    users: Math.max(stored.users, counts.users),
    items: Math.max(stored.items, counts.items),
    events: Math.max(stored.events, counts.events),
  };
  if (all.events === 0 && columns.count === 0) {
    throw new SommelierError(
      'no-events',
      'There are no events to train on: import some, or post them to /v1/events.',
    );
  }
  funnel.add('stored', 'all events in the database', all);
  const until = `up to ${textOf(asOfMs)}`;
  const window = fromMs === null ? `all events ${until}` : `events after ${textOf(fromMs)}, ${until}`;
  funnel.add('window', `keep ${window}`, counts);
  return kept;
}

/** Rule 1. */
function eventCountStep(
  kept: KeptEvents,
  columns: EventColumns,
  { minEvents, outlierDeviations }: DataConfig,
  funnel: FunnelLog,
): KeptEvents {
  const counts = countBy(kept, columns.users, columns.userIds.length);
  const { mean, standardDeviation, maxEvents } = eventCountLimit(counts, outlierDeviations);
  const passes = Uint8Array.from(counts, (count) => (count >= minEvents && count <= maxEvents ? 1 : 0));
  const result = keepWhere(kept, columns.users, passes);
  const limit = `mean ${mean.toFixed(2)} + ${outlierDeviations} x standard deviation ${standardDeviation.toFixed(2)}`;
  const description = `keep users with at least ${minEvents} events and at most ${maxEvents} (${limit})`;
  funnel.add('event-count', description, countKept(result, columns));
  return result;
}

/** Rule 2. */
function distinctItemsStep(
  byUser: EventsByUser,
  columns: EventColumns,
  { minDistinctItems }: DataConfig,
  funnel: FunnelLog,
): EventsByUser {
  const { events, offsets } = byUser;
  const lastUserOfItem = new Uint32Array(columns.itemIds.length);
  const passes = new Uint8Array(columns.userIds.length);
  for (let user = 0; user < passes.length; user++) {
    let distinct = 0;
    for (let place = offsets[user]!; place < offsets[user + 1]!; place++) {
      const item = columns.items[events[place]!]!;
      if (lastUserOfItem[item] === user + 1) continue;
      lastUserOfItem[item] = user + 1;
      distinct++;
    }
    if (distinct >= minDistinctItems) passes[user] = 1;
  }
  const result = keepUsers(byUser, passes);
  const description = `keep users with at least ${minDistinctItems} distinct items`;
  funnel.add('distinct-items', description, countKept(result.events, columns));
  return result;
}

function newestOf(kept: KeptEvents, columns: EventColumns): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const event of kept) newest = Math.max(newest, columns.timestampsMs[event]!);
  return newest;
}

function eventsByTypeOf(kept: KeptEvents, columns: EventColumns): Record<string, number> {
  const counts = countBy(kept, columns.types, columns.typeNames.length);
  const entries = columns.typeNames.map((name, type): [string, number] => [name, counts[type]!]);
  return Object.fromEntries(entries.filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function allFiltered(funnel: FunnelLog): SommelierError {
  return new SommelierError(
    'all-filtered',
    `The preparation dropped every user. Of ${funnel.steps[0]?.kept.events.toLocaleString('en')} events: ${funnel.summary()}. Loosen the rule in data, or import more events.`,
  );
}

function tooFewItems({ itemIds, userIds }: Interactions, funnel: FunnelLog): SommelierError {
  return new SommelierError(
    'too-few-interactions',
    `Only ${itemIds.length} item and ${userIds.length} users are left to train on; a model needs at least ${MIN_ITEMS} items. ${funnel.summary()}.`,
  );
}

function listOf(weights: DataConfig['weights']): string {
  return Object.entries(weights)
    .map(([type, weight]) => `${type} (${weight})`)
    .join(', ');
}

function textOf(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? `${timeMs} ms` : date.toISOString();
}
