import { type DataConfig, type DataFinding, type FunnelCounts, SommelierError } from '@sommelier/contracts';
import {
  type EventColumns,
  EventColumnsBuilder,
  type EventWindow,
  type IdTable,
  windowOf,
} from '@sommelier/ncf';
import type { Database } from '@sommelier/platform';
import { eventFile } from '../import/event-rows.ts';

/** A log as the checks look at it. */
export interface LogToCheck {
  /** For people: the file or the database. */
  readonly name: string;
  readonly columns: EventColumns;
  readonly window: EventWindow;
  readonly stored: FunnelCounts;
  readonly newestStoredMs: number;
  readonly incumbentItems: IdTable | undefined;
  /** What was noticed while it was read. */
  readonly findings: readonly DataFinding[];
}

const MANY_BAD_ROWS = 0.01;

/**
 * Reads a file in the form of events.csv, plain or gzip; rows that an import would leave out are counted.
 * @throws SommelierError `import-file`, `no-events` when all events are in the future, `too-many-events`
 */
export async function logOfFile(path: string, config: DataConfig, nowMs: number): Promise<LogToCheck> {
  const source = await eventFile(path);
  const builder = new EventColumnsBuilder();
  let bad = 0;
  let firstBad: string | undefined;
  for await (const { rows, bad: badRows } of source.chunks()) {
    bad += badRows.length;
    firstBad ??= badRows[0] && `line ${badRows[0].line}: ${badRows[0].reason}`;
    builder.append({
      timestampsMs: rows.map(({ timestampMs }) => timestampMs),
      userIds: rows.map(({ userId }) => userId),
      itemIds: rows.map(({ itemId }) => itemId),
      types: rows.map(({ type }) => type),
    });
  }
  const columns = builder.build();
  const { newestMs, newestStoredMs } = newestOf(columns, nowMs + config.futureToleranceMs);
  return {
    name: path,
    columns,
    window: windowOf(newestMs, config.windowDays),
    stored: { users: columns.userIds.length, items: columns.itemIds.length, events: columns.count },
    newestStoredMs,
    incumbentItems: undefined,
    findings: [badRowsFinding(bad, columns.count, firstBad)],
  };
}

/**
 * Reads the window of the stored events, as a training run does.
 * @throws SommelierError `no-events`, `too-many-events`, `database-unavailable`
 */
export async function logOfDatabase(
  { events }: Pick<Database, 'events'>,
  name: string,
  config: DataConfig,
  options: { nowMs: number; newestPossibleMs: number; incumbentItems: IdTable | undefined },
): Promise<LogToCheck> {
  const newestMs = await events.newestTimestampMs(options.nowMs + config.futureToleranceMs);
  const newestStoredMs = await events.newestTimestampMs(options.newestPossibleMs);
  if (newestMs === undefined) throw noEvents(name, newestStoredMs);
  const window = windowOf(newestMs, config.windowDays);
  const builder = new EventColumnsBuilder();
  for await (const page of events.readPages({ afterMs: window.fromMs ?? -1, untilMs: window.asOfMs })) {
    builder.append(page);
  }
  return {
    name,
    columns: builder.build(),
    window,
    stored: await events.totals(),
    newestStoredMs: newestStoredMs ?? newestMs,
    incumbentItems: options.incumbentItems,
    findings: [],
  };
}

/** The newest time that is not in the future, and the newest of all. */
function newestOf({ timestampsMs }: EventColumns, latestMs: number) {
  let newestMs = Number.NEGATIVE_INFINITY;
  let newestStoredMs = Number.NEGATIVE_INFINITY;
  for (const time of timestampsMs) {
    newestStoredMs = Math.max(newestStoredMs, time);
    if (time <= latestMs) newestMs = Math.max(newestMs, time);
  }
  if (newestMs === Number.NEGATIVE_INFINITY) {
    throw noEvents('The file', timestampsMs.length === 0 ? undefined : newestStoredMs);
  }
  return { newestMs, newestStoredMs };
}

function noEvents(name: string, newestStoredMs: number | undefined): SommelierError {
  const why =
    newestStoredMs === undefined
      ? 'has no event'
      : 'has events in the future only: times must be milliseconds since 1970';
  return new SommelierError('no-events', `${name} ${why}.`);
}

function badRowsFinding(bad: number, good: number, firstBad: string | undefined): DataFinding {
  const share = bad === 0 ? 0 : bad / (bad + good);
  const figures = { rows: bad, share };
  if (bad === 0) return { level: 'ok', code: 'bad-rows', text: 'Every row can be read.', figures };
  const text = `${bad.toLocaleString('en')} rows (${(100 * share).toFixed(1)}%) cannot be read and would be left out; the first is ${firstBad}.`;
  return { level: share < MANY_BAD_ROWS ? 'ok' : 'warn', code: 'bad-rows', text, figures };
}
