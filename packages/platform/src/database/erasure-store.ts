import { type Erasure, SommelierError } from '@sommelier/contracts';
import { type Erasure as ErasureRow, Prisma } from '../generated/mysql/client.ts';
import type { Connection } from './client.ts';
import type { ErasedUser, ErasureStore, ReplicaModel } from './database.ts';
import { isUniqueViolation } from './database-errors.ts';
import { eraseUserIn } from './erase-user.ts';
import { toBigInt } from './training-run-row.ts';
import { inTransaction } from './transaction.ts';

/** Tries against others who erase at the same time. */
const MAX_TRIES = 100;
const MODEL_FILE = /^models\/.*\.safetensors$/;

/** Erased users, and the files that have to go because of them, see {@link ErasureStore}. */
export class PrismaErasureStore implements ErasureStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async erase(userId: string, nowMs: number): Promise<ErasedUser> {
    const { provider } = this.#connection;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        return await inTransaction(this.#connection, (client) =>
          eraseUserIn({ client, provider }, userId, nowMs),
        );
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
      }
    }
    throw new SommelierError('database-unavailable', 'Too many others erase users at the same time.');
  }

  async newestId(): Promise<number> {
    const { client, run } = this.#connection;
    const newest = await run(() =>
      client.erasure.findFirst({ orderBy: { id: 'desc' }, select: { id: true } }),
    );
    return newest?.id ?? 0;
  }

  async after(id: number): Promise<ErasedUser[]> {
    const { client, run } = this.#connection;
    const select = { id: true, userHash: true };
    return run(() => client.erasure.findMany({ where: { id: { gt: id } }, orderBy: { id: 'asc' }, select }));
  }

  async unfinished(): Promise<ErasedUser[]> {
    const { client, run } = this.#connection;
    const select = { id: true, userHash: true };
    return run(() =>
      client.erasure.findMany({ where: { finishedAtMs: null }, orderBy: { id: 'asc' }, select }),
    );
  }

  async get(id: number, nowMs: number): Promise<Erasure | undefined> {
    const { client, run } = this.#connection;
    const row = await run(() => client.erasure.findUnique({ where: { id } }));
    if (row === null) return undefined;
    const files = await run(() => client.erasedFile.findMany({ where: { erasureId: id } }));
    const models = files.filter(({ key }) => MODEL_FILE.test(key));
    const filesDeleted = files.filter(({ deletedAtMs }) => deletedAtMs !== null).length;
    return {
      id: row.id,
      state: row.finishedAtMs === null ? 'running' : 'finished',
      userHash: row.userHash,
      requestedAtMs: Number(row.requestedAtMs),
      finishedAtMs: row.finishedAtMs === null ? null : Number(row.finishedAtMs),
      eventsDeleted: row.eventsDeleted,
      versionsReplaced: models.filter(({ successor }) => successor !== null).length,
      versionsDeleted: models.filter(({ successor }) => successor === null).length,
      snapshotsDeleted: files.filter(({ key }) => key.startsWith('snapshots/')).length,
      filesDeleted,
      filesToDelete: files.length - filesDeleted,
      replicas: await this.#replicasOf(row, nowMs),
    };
  }

  async #replicasOf(row: ErasureRow, nowMs: number): Promise<Erasure['replicas']> {
    if (row.finishedAtMs !== null) return { confirmed: row.replicasConfirmed, waitingFor: 0 };
    const replicas = await this.replicas(nowMs);
    const confirmed = replicas.filter(({ erasedThrough }) => erasedThrough >= row.id).length;
    return { confirmed, waitingFor: replicas.length - confirmed };
  }

  async replicas(nowMs: number): Promise<ReplicaModel[]> {
    const { client, run } = this.#connection;
    const where = { expiresAtMs: { gt: toBigInt(nowMs) } };
    const leases = await run(() => client.replicaLease.findMany({ where, select: { version: true } }));
    const versions = await run(() =>
      client.modelVersion.findMany({
        where: { version: { in: [...new Set(leases.map(({ version }) => version))] } },
        select: { version: true, status: true, erasedThrough: true },
      }),
    );
    const known = new Map(versions.map((row) => [row.version, row]));
    return leases.map(({ version }) => {
      const row = known.get(version);
      // The memory of who serves an erased version has the user still.
      const isClean = row !== undefined && row.status !== 'erased';
      return { version, erasedThrough: isClean ? row.erasedThrough : 0 };
    });
  }

  async addFile(erasureIds: readonly number[], key: string): Promise<void> {
    const { client, run } = this.#connection;
    // One that was deleted may have been written again, by a run that had read before.
    const update = { deletedAtMs: null };
    for (const erasureId of erasureIds) {
      const where = { erasureId_key: { erasureId, key } };
      await run(() => client.erasedFile.upsert({ where, update, create: { erasureId, key } }));
    }
  }

  async filesToDelete(): Promise<{ erasureId: number; key: string }[]> {
    const { client, run } = this.#connection;
    const select = { erasureId: true, key: true };
    return run(() => client.erasedFile.findMany({ where: { deletedAtMs: null }, select }));
  }

  async fileDeleted(key: string, nowMs: number): Promise<void> {
    const { client, run } = this.#connection;
    const where = { key, deletedAtMs: null };
    await run(() => client.erasedFile.updateMany({ where, data: { deletedAtMs: toBigInt(nowMs) } }));
  }

  async finish(ids: readonly number[], replicasConfirmed: number, nowMs: number): Promise<void> {
    const { client, run } = this.#connection;
    const where = { id: { in: [...ids] }, finishedAtMs: null };
    const data = { replicasConfirmed, finishedAtMs: toBigInt(nowMs) };
    await run(() => client.erasure.updateMany({ where, data }));
  }

  async wipeFreedPages(): Promise<boolean> {
    const { client, provider, run } = this.#connection;
    if (provider !== 'sqlite') return true;
    const [row] = await run(() =>
      client.$queryRaw<{ busy: unknown }[]>(Prisma.sql`PRAGMA wal_checkpoint(TRUNCATE)`),
    );
    return Number(row?.busy) === 0;
  }
}
