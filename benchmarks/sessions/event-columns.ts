import { type EventColumns, EventColumnsBuilder } from '@sommelier/ncf';
import type { VisitorEvent } from './session.ts';

/** Events as a training run reads them, and how many users, items and events there are. */
export function columnsOf(events: readonly VisitorEvent[]): {
  columns: EventColumns;
  stored: { users: number; items: number; events: number };
} {
  const builder = new EventColumnsBuilder();
  builder.append({
    timestampsMs: events.map(({ timestampMs }) => timestampMs),
    userIds: events.map(({ userId }) => userId),
    itemIds: events.map(({ itemId }) => itemId),
    types: events.map(({ type }) => type),
  });
  const columns = builder.build();
  return {
    columns,
    stored: { users: columns.userIds.length, items: columns.itemIds.length, events: columns.count },
  };
}
