import type { DataConfig, DataFinding } from '@sommelier/contracts';
import type { EventColumns } from '../preparation/event-columns.ts';
import { countBy, countKept, type KeptEvents } from '../preparation/kept-events.ts';
import { countText, percentText } from './finding-text.ts';

/** Below these, what a model learns is mostly chance. */
const FEW_EVENTS = 1_000;
const FEW_USERS = 50;
const FEW_ITEMS = 20;
/** Share of events of types without a weight from which on a weight may have been forgotten. */
const MANY_UNWEIGHTED = 0.2;

/** How much there is; `fail` without an event, `warn` below 1,000 events, 50 users or 20 items. */
export function volumeFinding(events: KeptEvents, columns: EventColumns): DataFinding {
  const figures = countKept(events, columns);
  const { users, items } = figures;
  const what = `${countText(events.length)} events of ${countText(users)} users and ${countText(items)} items in the window`;
  if (events.length === 0) {
    return { level: 'fail', code: 'volume', text: 'The window has no event. Import newer events.', figures };
  }
  if (events.length < FEW_EVENTS || users < FEW_USERS || items < FEW_ITEMS) {
    const least = `${countText(FEW_EVENTS)} events, ${FEW_USERS} users and ${FEW_ITEMS} items`;
    return {
      level: 'warn',
      code: 'volume',
      text: `Only ${what}: below ${least} a model learns little.`,
      figures,
    };
  }
  return { level: 'ok', code: 'volume', text: `${what}.`, figures };
}

/**
 * Events by type: `fail` when none has a weight, `warn` when a type with a weight does not occur, or when more than a
 * fifth of the events are of types without one.
 */
export function typesFinding(
  events: KeptEvents,
  columns: EventColumns,
  weights: DataConfig['weights'],
): DataFinding {
  const counts = countBy(events, columns.types, columns.typeNames.length);
  const shares = new Map<string, number>();
  let weighted = 0;
  for (const [type, name] of columns.typeNames.entries()) {
    if (counts[type] === 0) continue;
    shares.set(name, counts[type]! / events.length);
    if (Object.hasOwn(weights, name)) weighted += counts[type]!;
  }
  const figures = Object.fromEntries([...shares].sort(([a], [b]) => (a < b ? -1 : 1)));
  const list = Object.entries(figures)
    .map(([name, share]) => `${name} ${percentText(share)}`)
    .join(', ');
  const missing = Object.keys(weights).filter((name) => !shares.has(name));
  const finding = (level: DataFinding['level'], text: string): DataFinding => ({
    level,
    code: 'event-types',
    text,
    figures,
  });
  if (weighted === 0) {
    return finding(
      'fail',
      `No event has a type with a weight (${list}). Add the types to data.weights, or correct them.`,
    );
  }
  const unweighted = 1 - weighted / events.length;
  if (unweighted > MANY_UNWEIGHTED) {
    return finding(
      'warn',
      `${percentText(unweighted)} of the events have no weight and are left out (${list}).`,
    );
  }
  if (missing.length > 0)
    return finding('warn', `There is no event of the type ${missing.join(', ')} (${list}).`);
  return finding('ok', `${list}.`);
}
