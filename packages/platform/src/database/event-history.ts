import { SommelierError } from '@sommelier/contracts';
import { Prisma } from '../generated/mysql/client.ts';
import type { Connection } from './client.ts';
import type { DatabaseProvider, UserEvent } from './database.ts';
import { FIELD_SEPARATOR } from './event-sql.ts';

const FIELDS = 4;

interface PackedHistory {
  readonly userId: string;
  readonly events: unknown;
  readonly packed: string | null;
}

/**
 * The histories of several users by one statement, which packs each into one text: several times cheaper than a value a
 * cell. Users without an event of these types are absent.
 */
export async function readHistories(
  { client, provider, run }: Connection,
  userIds: readonly string[],
  types: readonly string[],
  limit: number,
): Promise<Map<string, UserEvent[]>> {
  if (userIds.length === 0 || types.length === 0 || limit < 1) return new Map();
  const rows = await run(() =>
    client.$queryRaw<PackedHistory[]>(historiesSql(provider, userIds, types, limit)),
  );
  return new Map(rows.map((row) => [row.userId, unpack(provider, row)]));
}

function historiesSql(
  provider: DatabaseProvider,
  userIds: readonly string[],
  types: readonly string[],
  limit: number,
): Prisma.Sql {
  const ranked = Prisma.sql`
    SELECT userId, itemId, type, MAX(timestampMs) AS latestMs,
      ROW_NUMBER() OVER (PARTITION BY userId ORDER BY MAX(timestampMs) DESC, itemId, type) AS place
    FROM Event WHERE userId IN (${Prisma.join([...userIds])}) AND type IN (${Prisma.join([...types])})
    GROUP BY userId, itemId, type`;
  const packed =
    provider === 'sqlite'
      ? Prisma.sql`json_group_array(json_array(place, itemId, type, latestMs))`
      : Prisma.sql`GROUP_CONCAT(CONCAT_WS(_utf8mb4 x'00', place, itemId, type, latestMs) SEPARATOR '\\0')`;
  return Prisma.sql`
    SELECT userId, COUNT(*) AS events, ${packed} AS packed FROM (${ranked}) AS ranked
    WHERE place <= ${limit} GROUP BY userId`;
}

type Row = [place: number, itemId: string, type: string, latestMs: number];

/** A server may cut a long text: the rows are counted on both sides. */
function unpack(provider: DatabaseProvider, { events, packed }: PackedHistory): UserEvent[] {
  const text = packed ?? '';
  const rows = provider === 'sqlite' ? (JSON.parse(text) as Row[]) : separatedRows(text);
  if (rows.length !== Number(events)) {
    throw new SommelierError(
      'internal',
      `The database sent ${rows.length} of ${Number(events)} events of a user: it cuts long texts. ` +
        'Raise group_concat_max_len and max_allowed_packet of the server to 16 MB at least.',
    );
  }
  rows.sort(([a], [b]) => a - b);
  return rows.map(([, itemId, type, timestampMs]) => ({ itemId, type, timestampMs }));
}

function separatedRows(text: string): Row[] {
  const fields = text.split(FIELD_SEPARATOR);
  const rows: Row[] = [];
  for (let at = 0; at + FIELDS <= fields.length; at += FIELDS) {
    rows.push([Number(fields[at]), fields[at + 1]!, fields[at + 2]!, Number(fields[at + 3])]);
  }
  return rows;
}
