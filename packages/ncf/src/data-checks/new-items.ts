import type { DataFinding } from '@sommelier/contracts';
import type { IdTable } from '../model-file/id-table.ts';
import type { EventColumns } from '../preparation/event-columns.ts';
import { countBy, type KeptEvents } from '../preparation/kept-events.ts';
import { countText, percentText } from './finding-text.ts';

/** Share of the events with items that the served model does not know from which on ids may have changed. */
const MANY_NEW = 0.5;

/** Events with items that the served model does not know: `warn` from half of all on. */
export function newItemsFinding(
  events: KeptEvents,
  columns: EventColumns,
  incumbentItems: IdTable,
): DataFinding {
  const counts = countBy(events, columns.items, columns.itemIds.length);
  let newItems = 0;
  let items = 0;
  let found = 0;
  for (const [item, count] of counts.entries()) {
    if (count === 0) continue;
    items++;
    if (incumbentItems.indexOf(columns.itemIds[item]!) >= 0) continue;
    newItems++;
    found += count;
  }
  const share = found / events.length;
  const figures = { items: newItems, share, itemShare: newItems / items };
  const what = `${percentText(share)} of the events are of ${countText(newItems)} items that the served model does not know`;
  return share < MANY_NEW
    ? { level: 'ok', code: 'new-items', text: `${what}.`, figures }
    : { level: 'warn', code: 'new-items', text: `${what}: have item ids changed?`, figures };
}
