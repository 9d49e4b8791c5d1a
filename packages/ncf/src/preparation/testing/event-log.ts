import type { EventColumns, EventPage } from '../event-columns.ts';
import { EventColumnsBuilder } from '../event-columns-builder.ts';

/** One event as tests write it: `[time, user, item, type]`; the type is `view` when it is left out. */
export type LoggedEvent = readonly [timeMs: number, user: string, item: string, type?: string];

export function pageOf(events: readonly LoggedEvent[]): EventPage {
  return {
    timestampsMs: events.map(([time]) => time),
    userIds: events.map(([, user]) => user),
    itemIds: events.map(([, , item]) => item),
    types: events.map(([, , , type]) => type ?? 'view'),
  };
}

export function columnsOf(events: readonly LoggedEvent[]): EventColumns {
  const builder = new EventColumnsBuilder();
  builder.append(pageOf(events));
  return builder.build();
}
