import { DataError } from '../report/data-error.ts';
import { dataLines } from './data-lines.ts';
import type { Session, VisitorEvent } from './session.ts';

const COLUMNS = ['timestamp', 'visitorid', 'event', 'itemid'] as const;

/**
 * Reads events in the form of RetailRocket's events.csv: a header with timestamp (ms), visitorid, event and itemid, in
 * any order and among others.
 * @throws DataError
 */
export async function readEvents(path: string): Promise<VisitorEvent[]> {
  const events: VisitorEvent[] = [];
  let places: number[] | undefined;
  for await (const { text, where } of dataLines(path)) {
    const fields = text.split(',');
    if (places === undefined) {
      places = COLUMNS.map((column) => fields.indexOf(column));
      if (places.includes(-1)) throw new DataError(`${where}: expected the columns ${COLUMNS.join(', ')}`);
      continue;
    }
    const [time = '', userId = '', type = '', itemId = ''] = places.map((place) => fields[place]);
    const timestampMs = Number(time);
    if (!/^\d+$/.test(time) || [userId, type, itemId].includes('')) {
      throw new DataError(`${where}: expected a time in milliseconds, a visitor, an event and an item`);
    }
    events.push({ timestampMs, userId, type, itemId });
  }
  if (events.length === 0) throw new DataError(`${path}: there is no event`);
  return events;
}

/**
 * Reads sessions, one a line, `item:unix_seconds` separated by blanks, oldest first.
 * @throws DataError
 */
export async function readSessions(path: string): Promise<Session[]> {
  const sessions: Session[] = [];
  for await (const { text, where } of dataLines(path)) {
    const items: string[] = [];
    const timestampsMs: number[] = [];
    for (const entry of text.split(/\s+/)) {
      const [, item, seconds] = /^(.+):(\d+(?:\.\d+)?)$/.exec(entry) ?? [];
      if (item === undefined) {
        throw new DataError(`${where}: "${entry.slice(0, 40)}" is not item:unix_seconds`);
      }
      const timestampMs = Number(seconds) * 1_000;
      if (timestampMs < (timestampsMs.at(-1) ?? 0)) {
        throw new DataError(`${where}: "${entry.slice(0, 40)}" is older than the one before it`);
      }
      items.push(item);
      timestampsMs.push(timestampMs);
    }
    sessions.push({ items, timestampsMs });
  }
  if (sessions.length === 0) throw new DataError(`${path}: there is no session`);
  return sessions;
}
