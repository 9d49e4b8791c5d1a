import { createHash, randomUUID } from 'node:crypto';
import {
  type Problem,
  type RunConfig,
  type RunStatus,
  SommelierError,
  type TrainingRun,
} from '@sommelier/contracts';
import type { Connection } from './client.ts';
import type { TrainingRunPatch, TrainingRunStore } from './database.ts';
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

  async createOrJoin(request: RunConfig, nowMs: number): Promise<{ run: TrainingRun; created: boolean }> {
    const { client, run } = this.#connection;
    const requestHash = createHash('sha256').update(canonicalJson(request)).digest('hex');
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const queued = await run(() => client.trainingRun.findUnique({ where: { queuedKey: requestHash } }));
      if (queued !== null) return { run: toTrainingRun(queued), created: false };
      const created = await this.#createQueued(request, requestHash, nowMs);
      if (created !== undefined) return { run: created, created: true };
      // Somebody else was faster; theirs is found, unless a worker has begun it already.
    }
    throw contended('a training run could not be queued');
  }

  async #createQueued(
    request: RunConfig,
    requestHash: string,
    nowMs: number,
  ): Promise<TrainingRun | undefined> {
    const { client, run } = this.#connection;
    const data = {
      id: randomUUID(),
      status: 'queued',
      request: JSON.stringify(request),
      requestHash,
      queuedKey: requestHash,
      createdAtMs: toBigInt(nowMs),
    };
    try {
      return toTrainingRun(await run(() => client.trainingRun.create({ data })));
    } catch (error) {
      if (isUniqueViolation(error)) return undefined;
      throw error;
    }
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
}

function contended(what: string): SommelierError {
  return new SommelierError('database-unavailable', `${what}: too many others write to it at the same time.`);
}
