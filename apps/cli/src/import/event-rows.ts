import type { EventInput } from '@sommelier/contracts';
import { eventProblem } from '@sommelier/platform';
import { csvSource } from './csv-source.ts';
import { type Convert, Problem, type RowSource } from './row-source.ts';

/** Columns of RetailRocket's events.csv, under the names that it gives them. */
export const EVENT_COLUMNS = {
  required: ['timestamp', 'visitorid', 'event', 'itemid'],
  optional: ['transactionid'],
} as const;

/** An event from the values of {@link EVENT_COLUMNS}; the time is in milliseconds. */
export const toEvent: Convert<EventInput> = ([
  timestamp = '',
  userId = '',
  type = '',
  itemId = '',
  transactionId = '',
]) => {
  if (!/^\d{1,16}$/.test(timestamp)) {
    return new Problem(
      `the timestamp ${JSON.stringify(timestamp.slice(0, 40))} is not a number of milliseconds`,
    );
  }
  const event: EventInput = {
    timestampMs: Number(timestamp),
    userId,
    itemId,
    type,
    ...(transactionId !== '' && { transactionId }),
  };
  const problem = eventProblem(event);
  return problem === undefined ? event : new Problem(problem);
};

/** RetailRocket's events.csv as it is published, plain or gzip; the order of its columns and rows does not matter. */
export function eventFile(path: string): Promise<RowSource<EventInput>> {
  return csvSource(path, EVENT_COLUMNS, toEvent);
}
