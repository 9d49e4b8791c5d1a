import { createHash, randomUUID } from 'node:crypto';
import {
  DEFAULT_PRIORITY,
  type Problem,
  type RunConfig,
  type RunStatus,
  SommelierError,
  type TrainingRun,
} from '@sommelier/contracts';
import type { Connection } from './client.ts';
import type { QueuedHow, TrainingRunPatch, TrainingRunStore } from './database.ts';
import { isUniqueViolation } from './database-errors.ts';
import { canonicalJson } from './stored-json.ts';
import { patchColumns, toBigInt, toTrainingRun } from './training-run-row.ts';

/** Tries of a compare-and-set against others who do the same. */
const MAX_TRIES = 50;
const MAX_LISTED = 1_000;

/** Training runs, see {@link TrainingRunStore}. Every transition is one conditional UPDATE. */
export class PrismaTrainingRunStore implements TrainingRunStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async createOrJoin(
    request: RunConfig,
    nowMs: number,
    { priority = DEFAULT_PRIORITY, verifies, traceparent }: QueuedHow = {},
  ): Promise<{ run: TrainingRun; created: boolean }> {
    const { client, run } = this.#connection;
    const asked = verifies === undefined ? request : { verifies, request };
    const requestHash = createHash('sha256').update(canonicalJson(asked)).digest('hex');
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const queued = await run(() => client.trainingRun.findUnique({ where: { queuedKey: requestHash } }));
      if (queued !== null) {
        const joined = await this.#hurry(toTrainingRun(queued), priority);
        return { run: joined, created: false };
      }
      const how = { requestHash, priority, verifies, traceparent, nowMs };
      const created = await this.#createQueued(request, how);
      if (created !== undefined) return { run: created, created: true };
      // Somebody else was faster; theirs is found, unless a worker has begun it already.
    }
    throw contended('a training run could not be queued');
  }

  async #createQueued(
    request: RunConfig,
    how: Omit<QueuedHow, 'priority'> & { requestHash: string; priority: number; nowMs: number },
  ): Promise<TrainingRun | undefined> {
    const { client, run } = this.#connection;
    const { requestHash, priority, verifies, traceparent, nowMs } = how;
    const data = {
      id: randomUUID(),
      ...(verifies !== undefined && { kind: 'verify', verifies }),
      status: 'queued',
      request: JSON.stringify(request),
      requestHash,
      queuedKey: requestHash,
      priority,
      traceparent: traceparent ?? null,
      createdAtMs: toBigInt(nowMs),
    };
    try {
      return toTrainingRun(await run(() => client.trainingRun.create({ data })));
    } catch (error) {
      if (isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  /** A queued run takes the priority of whoever joins it, if that is more urgent. */
  async #hurry(queued: TrainingRun, priority: number): Promise<TrainingRun> {
    if (queued.priority <= priority) return queued;
    const { client, run } = this.#connection;
    const where = { id: queued.id, status: 'queued', priority: { gt: priority } };
    await run(() => client.trainingRun.updateMany({ where, data: { priority } }));
    return { ...queued, priority };
  }

  async get(id: string): Promise<TrainingRun | undefined> {
    const { client, run } = this.#connection;
    const row = await run(() => client.trainingRun.findUnique({ where: { id } }));
    return row === null ? undefined : toTrainingRun(row);
  }

  async list(options: { limit: number; status?: RunStatus }): Promise<TrainingRun[]> {
    const { client, run } = this.#connection;
    const rows = await run(() =>
      client.trainingRun.findMany({
        where: options.status === undefined ? {} : { status: options.status },
        orderBy: [{ createdAtMs: 'desc' }, { id: 'desc' }],
        take: Math.min(Math.max(options.limit, 0), MAX_LISTED),
      }),
    );
    return rows.map(toTrainingRun);
  }

  async oldestQueuedAtMs(): Promise<number | undefined> {
    const { client, run } = this.#connection;
    const oldest = {
      where: { status: 'queued' },
      orderBy: { createdAtMs: 'asc' as const },
      select: { createdAtMs: true },
    };
    const row = await run(() => client.trainingRun.findFirst(oldest));
    return row === null ? undefined : Number(row.createdAtMs);
  }

  async begin(id: string, nowMs: number): Promise<number | undefined> {
    const { client, run } = this.#connection;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const row = await run(() => client.trainingRun.findUnique({ where: { id } }));
      if (row === null || (row.status !== 'queued' && row.status !== 'running')) return undefined;
      const { count } = await run(() =>
        client.trainingRun.updateMany({
          where: { id, attempts: row.attempts, status: row.status },
          data: {
            status: 'running',
            attempts: row.attempts + 1,
            queuedKey: null,
            startedAtMs: row.startedAtMs ?? toBigInt(nowMs),
          },
        }),
      );
      if (count === 1) return row.attempts + 1;
    }
    throw contended(`training run ${id} could not be begun`);
  }

  async update(id: string, attempt: number, patch: TrainingRunPatch): Promise<boolean> {
    const { client, run } = this.#connection;
    const { count } = await run(() =>
      client.trainingRun.updateMany({
        where: { id, attempts: attempt, status: 'running' },
        data: patchColumns(patch),
      }),
    );
    return count === 1;
  }

  async failQueued(id: string, error: Problem, nowMs: number): Promise<void> {
    const { client, run } = this.#connection;
    await run(() =>
      client.trainingRun.updateMany({
        where: { id, status: 'queued' },
        data: {
          status: 'failed',
          queuedKey: null,
          error: JSON.stringify(error),
          finishedAtMs: toBigInt(nowMs),
        },
      }),
    );
  }

  async snapshotOf(id: string): Promise<string | undefined> {
    const { client, run } = this.#connection;
    const row = await run(() =>
      client.trainingRun.findUnique({ where: { id }, select: { snapshotSha256: true } }),
    );
    return row?.snapshotSha256 ?? undefined;
  }

  async traceparentOf(id: string): Promise<string | undefined> {
    const { client, run } = this.#connection;
    const select = { traceparent: true };
    const row = await run(() => client.trainingRun.findUnique({ where: { id }, select }));
    return row?.traceparent ?? undefined;
  }

  async baseGenerationOf(id: string): Promise<number | undefined> {
    const { client, run } = this.#connection;
    const select = { baseGeneration: true };
    const row = await run(() => client.trainingRun.findUnique({ where: { id }, select }));
    return row?.baseGeneration ?? undefined;
  }

  async erasedThroughOf(id: string): Promise<number | undefined> {
    const { client, run } = this.#connection;
    const select = { erasedThrough: true };
    const row = await run(() => client.trainingRun.findUnique({ where: { id }, select }));
    return row?.erasedThrough ?? undefined;
  }

  async readThrough(): Promise<number | undefined> {
    const { client, run } = this.#connection;
    const select = { erasedThrough: true };
    const rows = await run(() => client.trainingRun.findMany({ where: { status: 'running' }, select }));
    if (rows.length === 0) return undefined;
    return Math.min(...rows.map(({ erasedThrough }) => erasedThrough ?? 0));
  }

  async owns(id: string, attempt: number): Promise<boolean> {
    const { client, run } = this.#connection;
    const select = { attempts: true, status: true };
    const row = await run(() => client.trainingRun.findUnique({ where: { id }, select }));
    return row?.attempts === attempt && row.status === 'running';
  }

  async cancel(id: string, nowMs: number): Promise<'cancelled' | 'ended' | undefined> {
    const { client, run } = this.#connection;
    const where = { id, status: { in: ['queued', 'running'] }, modelVersion: null };
    const data = { status: 'cancelled', queuedKey: null, finishedAtMs: toBigInt(nowMs) };
    const { count } = await run(() => client.trainingRun.updateMany({ where, data }));
    if (count === 1) return 'cancelled';
    const row = await run(() => client.trainingRun.findUnique({ where: { id }, select: { status: true } }));
    if (row === null) return undefined;
    return row.status === 'cancelled' ? 'cancelled' : 'ended';
  }

  async snapshotsInUse(sha256s: readonly string[], exceptRunId?: string): Promise<string[]> {
    const { client, run } = this.#connection;
    const rows = await run(() =>
      client.trainingRun.findMany({
        where: {
          snapshotSha256: { in: [...sha256s] },
          status: { not: 'cancelled' },
          ...(exceptRunId !== undefined && { id: { not: exceptRunId } }),
        },
        select: { snapshotSha256: true },
        distinct: ['snapshotSha256'],
      }),
    );
    return rows.flatMap((row) => row.snapshotSha256 ?? []);
  }

  async dropSnapshot(id: string): Promise<boolean> {
    const { client, run } = this.#connection;
    const where = { id, status: 'cancelled', snapshotSha256: { not: null } };
    const { count } = await run(() =>
      client.trainingRun.updateMany({ where, data: { snapshotSha256: null } }),
    );
    return count === 1;
  }
}

function contended(what: string): SommelierError {
  return new SommelierError('database-unavailable', `${what}: too many others write to it at the same time.`);
}
