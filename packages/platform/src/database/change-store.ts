import { Prisma } from '../generated/mysql/client.ts';
import { databaseNowSql } from './change-sql.ts';
import type { Connection } from './client.ts';
import type { Change, ChangeKind, ChangePosition, ChangeStore } from './database.ts';

/** Rows that one statement removes. */
const ROWS_PER_PRUNE = 5_000;

/** The log of changes, see {@link ChangeStore}. */
export class PrismaChangeStore implements ChangeStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async newest(minAgeMs: number): Promise<ChangePosition | undefined> {
    const { client, provider, run } = this.#connection;
    const [row] = await run(() =>
      client.$queryRaw<{ id: unknown; atMs: unknown }[]>(
        Prisma.sql`SELECT id, atMs FROM ${table(provider)}
          WHERE atMs <= ${databaseNowSql(provider)} - ${Math.ceil(minAgeMs)} ORDER BY id DESC LIMIT 1`,
      ),
    );
    return row === undefined ? undefined : { id: Number(row.id), atMs: Number(row.atMs) };
  }

  async readAfter(id: number, limit: number): Promise<Change[]> {
    const { client, provider, run } = this.#connection;
    const rows = await run(() =>
      client.$queryRaw<{ id: unknown; kind: string; subject: string; atMs: unknown }[]>(
        Prisma.sql`SELECT id, kind, subject, atMs FROM ${table(provider)} WHERE id > ${id} ORDER BY id LIMIT ${limit}`,
      ),
    );
    return rows.map((row) => ({
      id: Number(row.id),
      kind: row.kind as ChangeKind,
      subject: row.subject,
      atMs: Number(row.atMs),
    }));
  }

  async between(fromId: number, toId: number): Promise<{ rows: number; firstAtMs: number | undefined }> {
    const { client, provider, run } = this.#connection;
    const [row] = await run(() =>
      client.$queryRaw<{ found: unknown; firstAtMs: unknown }[]>(
        Prisma.sql`SELECT COUNT(*) AS found, MAX(CASE WHEN id = ${fromId} THEN atMs END) AS firstAtMs
          FROM ${table(provider)} WHERE id >= ${fromId} AND id <= ${toId}`,
      ),
    );
    const firstAtMs = row?.firstAtMs ?? undefined;
    return {
      rows: Number(row?.found ?? 0),
      firstAtMs: firstAtMs === undefined ? undefined : Number(firstAtMs),
    };
  }

  async prune(minAgeMs: number, maxPieces: number): Promise<number> {
    let pruned = 0;
    for (let piece = 0; piece < maxPieces; piece++) {
      const removed = await this.#prunePiece(minAgeMs);
      pruned += removed;
      if (removed < ROWS_PER_PRUNE) break;
    }
    return pruned;
  }

  /** The newest row of all stays, however old it is: a follower stands on it. */
  async #prunePiece(minAgeMs: number): Promise<number> {
    const { client, provider, run } = this.#connection;
    const [piece] = await run(() =>
      client.$queryRaw<{ untilMs: unknown; newestId: unknown }[]>(
        Prisma.sql`SELECT MAX(atMs) AS untilMs, (SELECT MAX(id) FROM ${table(provider)}) AS newestId FROM (
          SELECT atMs FROM ${table(provider)} WHERE atMs <= ${databaseNowSql(provider)} - ${Math.ceil(minAgeMs)}
          ORDER BY atMs LIMIT ${ROWS_PER_PRUNE}) AS piece`,
      ),
    );
    if (piece === undefined || piece.untilMs === null) return 0;
    const sql = Prisma.sql`DELETE FROM ${table(provider)}
      WHERE atMs <= ${Number(piece.untilMs)} AND id < ${Number(piece.newestId)}`;
    return run(() => client.$executeRaw(sql));
  }
}

/** CHANGE is a word of MySQL's own. */
function table(provider: Connection['provider']): Prisma.Sql {
  return provider === 'sqlite' ? Prisma.sql`Change` : Prisma.sql`\`Change\``;
}
