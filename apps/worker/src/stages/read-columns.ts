import { type EventColumns, EventColumnsBuilder, type EventWindow } from '@sommelier/ncf';
import type { EventStore } from '@sommelier/platform';

const EVENTS_BETWEEN_REPORTS = 100_000;

/**
 * Reads the events of a window into columns; `onRead` gets how many there are so far, now and then.
 * @throws SommelierError `too-many-events`, `database-unavailable`
 */
export async function readColumns(
  events: Pick<EventStore, 'readPages'>,
  { fromMs, asOfMs }: EventWindow,
  onRead: (events: number) => void,
): Promise<EventColumns> {
  const builder = new EventColumnsBuilder();
  let reported = 0;
  // Without a window every time counts, 0 included.
  for await (const page of events.readPages({ afterMs: fromMs ?? -1, untilMs: asOfMs })) {
    builder.append(page);
    if (builder.count - reported >= EVENTS_BETWEEN_REPORTS || reported === 0) {
      reported = builder.count;
      onRead(builder.count);
    }
  }
  return builder.build();
}
