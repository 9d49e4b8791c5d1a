import { type EventInput, SommelierError } from '@sommelier/contracts';
import { Prisma } from '../generated/mysql/client.ts';
import type { Client } from './client.ts';
import type { DatabaseProvider } from './database.ts';
import { eventKey } from './event-key.ts';
import { writeChanges } from './write-changes.ts';

/** Events that one merge may move: all of them are in one transaction. */
export const MAX_MERGED_EVENTS = 10_000;

interface StoredEvent {
  readonly id: unknown;
  readonly digits: string;
  readonly timestampMs: unknown;
  readonly itemId: string;
  readonly type: string;
  readonly transactionId: string | null;
}

/**
 * Makes the events of one user those of another, inside of a transaction. An event whose key was made of its fields gets
 * the key that it would have had as the other user's, so that sending it again is still noticed; one that the other user
 * has already is removed.
 * @throws SommelierError `merge-too-large`
 */
export async function mergeEvents(
  writer: { client: Client; provider: DatabaseProvider },
  from: string,
  into: string,
): Promise<{ moved: number; duplicates: number }> {
  const { client, provider } = writer;
  const events = await client.$queryRaw<StoredEvent[]>(selectSql(provider, from));
  if (events.length > MAX_MERGED_EVENTS) {
    throw new SommelierError(
      'merge-too-large',
      `The user ${JSON.stringify(from)} has more than ${MAX_MERGED_EVENTS} events, too many to be moved at once.`,
    );
  }
  if (events.length === 0) return { moved: 0, duplicates: 0 };
  const rows = JSON.stringify(events.map((event) => [Number(event.id), movedKey(event, from, into)]));
  await client.$executeRaw(moveSql(provider, rows, into));
  // What is still there had a key that is taken.
  const duplicates = await client.$executeRaw(removeSql(provider, rows, from));
  await writeChanges(writer, 'user', [from, into]);
  return { moved: events.length - duplicates, duplicates };
}

function movedKey(stored: StoredEvent, from: string, into: string): string {
  const event: EventInput = {
    timestampMs: Number(stored.timestampMs),
    userId: from,
    itemId: stored.itemId,
    type: stored.type,
    ...(stored.transactionId !== null && { transactionId: stored.transactionId }),
  };
  const ofFields = eventKey(event) === stored.digits.toLowerCase();
  return ofFields ? eventKey({ ...event, userId: into }) : stored.digits;
}

/** On SQLite the transaction has the write lock from its start; elsewhere the rows are locked here. */
function selectSql(provider: DatabaseProvider, from: string): Prisma.Sql {
  const select = Prisma.sql`
    SELECT id, HEX(${provider === 'sqlite' ? Prisma.sql`key` : Prisma.sql`\`key\``}) AS digits,
      timestampMs, itemId, type, transactionId
    FROM Event WHERE userId = ${from} ORDER BY id LIMIT ${MAX_MERGED_EVENTS + 1}`;
  return provider === 'sqlite' ? select : Prisma.sql`${select} FOR UPDATE`;
}

/** @param rows JSON of `[id, key]` */
function moveSql(provider: DatabaseProvider, rows: string, into: string): Prisma.Sql {
  return provider === 'sqlite'
    ? Prisma.sql`
        UPDATE OR IGNORE Event SET userId = ${into}, key = unhex(batch.value ->> 1)
        FROM json_each(${rows}) AS batch WHERE Event.id = batch.value ->> 0`
    : Prisma.sql`
        UPDATE IGNORE Event JOIN ${batchSql(rows)} ON Event.id = batch.i
        SET Event.userId = ${into}, Event.\`key\` = UNHEX(batch.k)`;
}

function removeSql(provider: DatabaseProvider, rows: string, from: string): Prisma.Sql {
  return provider === 'sqlite'
    ? Prisma.sql`
        DELETE FROM Event WHERE userId = ${from} AND id IN (SELECT value ->> 0 FROM json_each(${rows}))`
    : Prisma.sql`
        DELETE Event FROM Event JOIN ${batchSql(rows)} ON Event.id = batch.i WHERE Event.userId = ${from}`;
}

function batchSql(rows: string): Prisma.Sql {
  return Prisma.sql`JSON_TABLE(${rows}, '$[*]' COLUMNS (
    i BIGINT PATH '$[0]' ERROR ON ERROR, k CHAR(32) PATH '$[1]' ERROR ON ERROR
  )) AS batch`;
}
