import { type EventInput, MAX_TIMESTAMP_MS, SommelierError } from '@sommelier/contracts';
import { Prisma } from '../generated/mysql/client.ts';
import type { Client, Connection } from './client.ts';
import type { DatabaseProvider, EventPage, EventStore, UserEvent } from './database.ts';
import { readHistories } from './event-history.ts';
import { eventKey } from './event-key.ts';
import { eventProblem } from './event-problem.ts';
import { FIELD_SEPARATOR, insertEventsSql, readPageSql } from './event-sql.ts';
import { mergeEvents } from './merge-users.ts';
import { inTransaction } from './transaction.ts';
import { writeChanges } from './write-changes.ts';

/** Rows of a statement that stores events. */
const ROWS_PER_INSERT = 20_000;
/** Rows of the table that one page looks at; packed, they stay below every limit on the size of a value or packet. */
export const ROWS_PER_PAGE = 10_000;

const FIELDS = 4;

/** The event log, see {@link EventStore}. */
export class PrismaEventStore implements EventStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async insert(events: readonly EventInput[]): Promise<{ inserted: number; duplicates: number }> {
    if (events.length === 0) return { inserted: 0, duplicates: 0 };
    // MySQL's INSERT IGNORE would cut what does not fit: nothing that is not valid may come so far.
    events.forEach(refuseInvalid);
    const inserted = await inTransaction(this.#connection, async (client) => {
      const stored = await this.#insertInParts(client, events);
      const { provider } = this.#connection;
      if (stored > 0) await writeChanges({ client, provider }, 'user', userIdsOf(events));
      return stored;
    });
    return { inserted, duplicates: events.length - inserted };
  }

  merge({ from, into }: { from: string; into: string }): Promise<{ moved: number; duplicates: number }> {
    const { provider } = this.#connection;
    return inTransaction(this.#connection, (client) => mergeEvents({ client, provider }, from, into));
  }

  async #insertInParts(client: Client, events: readonly EventInput[]): Promise<number> {
    let inserted = 0;
    for (let start = 0; start < events.length; start += ROWS_PER_INSERT) {
      inserted += await this.#insertRows(client, events.slice(start, start + ROWS_PER_INSERT));
    }
    return inserted;
  }

  /** One statement with one parameter: all rows as JSON, which is 20 times as fast as a parameter for each value. */
  #insertRows(client: Client, events: readonly EventInput[]): Promise<number> {
    const rows = events.map((event) => [
      eventKey(event),
      event.timestampMs,
      event.userId,
      event.itemId,
      event.type,
      event.transactionId ?? '',
    ]);
    return client.$executeRaw(insertEventsSql(this.#connection.provider, JSON.stringify(rows)));
  }

  /**
   * Walks along the primary key, so that the work is linear in the rows of the table, in whatever order they were
   * stored, and a page costs one index range. Rows that are stored while this reads may or may not be seen.
   */
  async *readPages(range: { afterMs: number; untilMs: number }): AsyncIterable<EventPage> {
    const { client, provider, run } = this.#connection;
    const afterMs = Math.floor(Math.max(range.afterMs, -1));
    const untilMs = Math.floor(Math.min(range.untilMs, MAX_TIMESTAMP_MS));
    const lastId = await this.#lastId();
    let afterId = 0;
    while (afterId < lastId) {
      const sql = readPageSql(provider, { afterId, lastId, afterMs, untilMs, rows: ROWS_PER_PAGE });
      const [page] = await run(() => client.$queryRaw<PackedPage[]>(sql));
      const nextId = Number(page?.lastId ?? 0);
      if (page === undefined || nextId <= afterId) return;
      afterId = nextId;
      if (Number(page.matching) > 0) yield unpack(provider, page);
    }
  }

  async #lastId(): Promise<number> {
    const { client, run } = this.#connection;
    const last = await run(() => client.event.findFirst({ orderBy: { id: 'desc' }, select: { id: true } }));
    return Number(last?.id ?? 0);
  }

  async newestTimestampMs(notAfterMs: number): Promise<number | undefined> {
    const { client, run } = this.#connection;
    const lte = BigInt(Math.floor(Math.min(Math.max(notAfterMs, -1), MAX_TIMESTAMP_MS)));
    const newest = await run(() =>
      client.event.findFirst({
        where: { timestampMs: { lte } },
        orderBy: { timestampMs: 'desc' },
        select: { timestampMs: true },
      }),
    );
    return newest === null ? undefined : Number(newest.timestampMs);
  }

  async count(): Promise<number> {
    const { client, run } = this.#connection;
    // Prisma's own count is one over a subquery of all ids.
    const [row] = await run(() =>
      client.$queryRaw<{ events: unknown }[]>(Prisma.sql`SELECT COUNT(*) AS events FROM Event`),
    );
    return Number(row?.events);
  }

  /**
   * Each number by itself: SQLite then finds the users along their index and needs a table of its own for the items
   * alone, which takes less than half of the time of one statement that counts all three in passing.
   */
  async totals(): Promise<{ users: number; items: number; events: number }> {
    const { client, run } = this.#connection;
    const [row] = await run(() =>
      client.$queryRaw<{ users: unknown; items: unknown; events: unknown }[]>(
        Prisma.sql`SELECT (SELECT COUNT(DISTINCT userId) FROM Event) AS users,
          (SELECT COUNT(DISTINCT itemId) FROM Event) AS items, (SELECT COUNT(*) FROM Event) AS events`,
      ),
    );
    return { users: Number(row?.users), items: Number(row?.items), events: Number(row?.events) };
  }

  async historyOf(userId: string, types: readonly string[], limit: number): Promise<UserEvent[]> {
    return (await this.historiesOf([userId], types, limit)).get(userId) ?? [];
  }

  historiesOf(
    userIds: readonly string[],
    types: readonly string[],
    limit: number,
  ): Promise<Map<string, UserEvent[]>> {
    return readHistories(this.#connection, userIds, types, limit);
  }

  /**
   * Each page goes on along the index of users behind the last one's end, so that all of them are one pass over it. The
   * first page has no bound: by MySQL's order an id may go before the empty text.
   */
  async *userIdPages(size: number): AsyncIterable<string[]> {
    const { client, run } = this.#connection;
    let bound = Prisma.empty;
    for (;;) {
      const sql = Prisma.sql`SELECT DISTINCT userId FROM Event ${bound} ORDER BY userId LIMIT ${size}`;
      const rows = await run(() => client.$queryRaw<{ userId: string }[]>(sql));
      if (rows.length > 0) yield rows.map(({ userId }) => userId);
      if (rows.length < size) return;
      bound = Prisma.sql`WHERE userId > ${rows.at(-1)!.userId}`;
    }
  }
}

function* userIdsOf(events: readonly EventInput[]): Iterable<string> {
  for (const { userId } of events) yield userId;
}

interface PackedPage {
  readonly lastId: unknown;
  readonly matching: unknown;
  readonly packed: string | null;
}

function refuseInvalid(event: EventInput, index: number): void {
  const problem = eventProblem(event);
  if (problem === undefined) return;
  throw new SommelierError('invalid-request', `Event ${index} of the batch cannot be stored: ${problem}.`, {
    details: [{ path: String(index), message: problem }],
  });
}

/** A server may cut a long text: the rows are counted on both sides. */
function unpack(provider: DatabaseProvider, packed: PackedPage): EventPage {
  const text = packed.packed ?? '';
  const page = provider === 'sqlite' ? unpackJson(text) : unpackSeparated(text);
  const expected = Number(packed.matching);
  if (page !== undefined && page.types.length === expected) return page;
  throw new SommelierError(
    'internal',
    `The database sent ${page?.types.length ?? 'a broken number'} of ${expected} events of a page: it cuts long texts. ` +
      'Raise group_concat_max_len and max_allowed_packet of the server to 16 MB at least.',
  );
}

function unpackJson(text: string): EventPage {
  const page: EventPage = { timestampsMs: [], userIds: [], itemIds: [], types: [] };
  for (const [timestampMs, userId, itemId, type] of JSON.parse(text) as [number, string, string, string][]) {
    page.timestampsMs.push(timestampMs);
    page.userIds.push(userId);
    page.itemIds.push(itemId);
    page.types.push(type);
  }
  return page;
}

/** Undefined when the text ends inside a row. */
function unpackSeparated(text: string): EventPage | undefined {
  const fields = text.split(FIELD_SEPARATOR);
  if (fields.length % FIELDS !== 0) return undefined;
  const page: EventPage = { timestampsMs: [], userIds: [], itemIds: [], types: [] };
  for (let at = 0; at < fields.length; at += FIELDS) {
    page.timestampsMs.push(Number(fields[at]));
    page.userIds.push(fields[at + 1] as string);
    page.itemIds.push(fields[at + 2] as string);
    page.types.push(fields[at + 3] as string);
  }
  return page;
}
