import type { DataFinding } from '@sommelier/contracts';
import type { EventColumns } from '../preparation/event-columns.ts';
import { countBy, type KeptEvents } from '../preparation/kept-events.ts';
import { countText, percentText } from './finding-text.ts';

/** A flood: this share of all events, at least so many, and so many times the mean of a user. */
const FLOOD_SHARE = 0.05;
const FLOOD_EVENTS = 100;
const FLOOD_TIMES_MEAN = 10;
/** What trackers send where they know nobody. */
const PLACEHOLDERS = new Set([
  '-',
  '-1',
  '0',
  '(not set)',
  'anonymous',
  'guest',
  'n/a',
  'na',
  'nan',
  'nil',
  'none',
  'null',
  'undefined',
  'unknown',
]);
const MANY_PLACEHOLDERS = 0.01;

/**
 * The user with the most events: `warn` from a twentieth of all events on, if they are at least 100 and ten times the
 * mean. A robot, a test, or a placeholder; rule 1 of the preparation drops users far above the others.
 * @param namesUsers whether the text says who it is: not where it is stored, since users may be erased
 */
export function floodFinding(events: KeptEvents, columns: EventColumns, namesUsers: boolean): DataFinding {
  const counts = countBy(events, columns.users, columns.userIds.length);
  let most = 0;
  let users = 0;
  for (const [user, count] of counts.entries()) {
    if (count > 0) users++;
    if (count > counts[most]!) most = user;
  }
  const count = counts[most]!;
  const share = count / events.length;
  const mean = events.length / users;
  const figures = { events: count, share, mean };
  const who = namesUsers ? `User ${JSON.stringify(columns.userIds[most])}` : 'One user';
  const isFlood = share >= FLOOD_SHARE && count >= FLOOD_EVENTS && count >= FLOOD_TIMES_MEAN * mean;
  const many = `${countText(count)} events (${percentText(share)})`;
  if (!isFlood) return { level: 'ok', code: 'flood', text: `The most active user has ${many}.`, figures };
  const text = `${who} alone has ${many}, where the mean is ${mean.toFixed(1)}: a robot, a test, or an id that stands for nobody?`;
  return { level: 'warn', code: 'flood', text, figures };
}

/** Events under ids such as "null" or "guest": `warn` from a hundredth of all events on. */
export function placeholderFinding(events: KeptEvents, columns: EventColumns): DataFinding {
  const stands = (ids: readonly string[]) =>
    Uint8Array.from(ids, (id) => (PLACEHOLDERS.has(id.toLowerCase()) ? 1 : 0));
  const users = stands(columns.userIds);
  const items = stands(columns.itemIds);
  let found = 0;
  for (const event of events) {
    if (users[columns.users[event]!] === 1 || items[columns.items[event]!] === 1) found++;
  }
  const share = found / events.length;
  const figures = { events: found, share };
  if (share < MANY_PLACEHOLDERS) {
    return { level: 'ok', code: 'placeholder-ids', text: 'Ids look like ids.', figures };
  }
  const names = [...columns.userIds, ...columns.itemIds].filter((id) => PLACEHOLDERS.has(id.toLowerCase()));
  const list = [...new Set(names)].slice(0, 5).map((id) => JSON.stringify(id));
  const text = `${countText(found)} events (${percentText(share)}) have an id that stands for nobody or nothing: ${list.join(', ')}.`;
  return { level: 'warn', code: 'placeholder-ids', text, figures };
}
