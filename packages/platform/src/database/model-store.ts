import {
  type Activation,
  type ActiveModel,
  type Manifest,
  type ModelVersion,
  manifestSchema,
  modelStatusSchema,
  SommelierError,
} from '@sommelier/contracts';
import type {
  Activation as ActivationRow,
  ActiveModel as ActiveModelRow,
  ModelVersion as ModelVersionRow,
} from '../generated/mysql/client.ts';
import type { Client, Connection } from './client.ts';
import type { ModelStore } from './database.ts';
import { isUniqueViolation } from './database-errors.ts';
import { readJson } from './stored-json.ts';
import {
  NotSuperseded,
  type Supersession,
  type SupersessionOutcome,
  supersedeIn,
} from './supersede-model.ts';
import { toBigInt } from './training-run-row.ts';

/** Id of the one row of ActiveModel. */
const THE_ROW = 1;
const MAX_LISTED = 1_000;
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 30_000 };

/** Model versions and which of them is active, see {@link ModelStore}. */
export class PrismaModelStore implements ModelStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The same manifest may be added again, as a retry does; another one under the same version is an error. */
  async addCandidate(manifest: Manifest, erasedThrough = 0): Promise<void> {
    const { client, run } = this.#connection;
    const { version, runId } = manifest;
    const text = JSON.stringify(manifest);
    const createdAtMs = toBigInt(manifest.createdAtMs);
    try {
      const data = { version, runId, status: 'candidate', manifest: text, createdAtMs, erasedThrough };
      await run(() => client.modelVersion.create({ data }));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const existing = await run(() => client.modelVersion.findUnique({ where: { version } }));
      if (existing?.manifest === text) return;
      throw new SommelierError('internal', `Model version ${version} exists already with another manifest.`, {
        cause: error,
      });
    }
  }

  async reject(version: string): Promise<void> {
    const { client, run } = this.#connection;
    const where = { version, status: 'candidate' };
    await run(() => client.modelVersion.updateMany({ where, data: { status: 'rejected' } }));
  }

  async rejectedBy(runId: string): Promise<ModelVersion | undefined> {
    const { client, run } = this.#connection;
    const where = { runId, status: 'rejected' };
    const row = await run(() => client.modelVersion.findFirst({ where, orderBy: { createdAtMs: 'desc' } }));
    return row === null ? undefined : toModelVersion(row, (await this.active())?.version);
  }

  async get(version: string): Promise<ModelVersion | undefined> {
    const { client, run } = this.#connection;
    const row = await run(() => client.modelVersion.findUnique({ where: { version } }));
    if (row === null) return undefined;
    return toModelVersion(row, (await this.active())?.version);
  }

  async list(options: { limit: number }): Promise<ModelVersion[]> {
    const { client, run } = this.#connection;
    const rows = await run(() =>
      client.modelVersion.findMany({
        orderBy: [{ createdAtMs: 'desc' }, { version: 'desc' }],
        take: Math.min(Math.max(options.limit, 0), MAX_LISTED),
      }),
    );
    const active = await this.active();
    return rows.map((row) => toModelVersion(row, active?.version));
  }

  async active(): Promise<ActiveModel | undefined> {
    const { client, run } = this.#connection;
    const row = await run(() => client.activeModel.findUnique({ where: { id: THE_ROW } }));
    return row === null ? undefined : toActiveModel(row);
  }

  async activate(activation: {
    version: string;
    expectedGeneration: number;
    activatedBy: string;
    nowMs: number;
    run?: { id: string; attempt: number };
  }): Promise<ActiveModel | undefined> {
    const { client, run } = this.#connection;
    const { expectedGeneration } = activation;
    try {
      return await run(() =>
        client.$transaction((transaction) => activateIn(transaction, activation), TRANSACTION_LIMITS),
      );
    } catch (error) {
      // The row exists: somebody was first.
      if (expectedGeneration === 0 && isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  async activations(options: { limit: number; version?: string }): Promise<Activation[]> {
    const { client, run } = this.#connection;
    const rows = await run(() =>
      client.activation.findMany({
        where: options.version === undefined ? {} : { version: options.version },
        orderBy: { generation: 'desc' },
        take: Math.min(Math.max(options.limit, 0), MAX_LISTED),
      }),
    );
    return rows.map(toActivation);
  }

  async setPinned(version: string, pinned: boolean): Promise<void> {
    const { client, run } = this.#connection;
    const where = { version, ...(pinned && { filesDeletedAtMs: null, status: { not: 'erased' } }) };
    const { count } = await run(() => client.modelVersion.updateMany({ where, data: { pinned } }));
    if (count > 0) return;
    if ((await this.get(version)) === undefined) throw notFound(version);
    throw new SommelierError(
      'model-unusable',
      `The files of model ${version} are gone or about to go: there is nothing to pin.`,
    );
  }

  async candidatesOf(runId: string): Promise<ModelVersion[]> {
    const { client, run } = this.#connection;
    const rows = await run(() => client.modelVersion.findMany({ where: { runId, status: 'candidate' } }));
    return rows.map((row) => toModelVersion(row, undefined));
  }

  async versionsOf(runId: string): Promise<string[]> {
    const { client, run } = this.#connection;
    const rows = await run(() =>
      client.modelVersion.findMany({ where: { runId }, select: { version: true } }),
    );
    return rows.map(({ version }) => version);
  }

  async deleteCandidate(version: string): Promise<boolean> {
    const { client, run } = this.#connection;
    const where = { version, status: 'candidate' };
    return (await run(() => client.modelVersion.deleteMany({ where }))).count === 1;
  }

  async retire(version: string, nowMs: number): Promise<boolean> {
    const { client, run } = this.#connection;
    const where = { version, pinned: false, filesDeletedAtMs: null };
    const data = { filesDeletedAtMs: toBigInt(nowMs) };
    try {
      return await run(() =>
        client.$transaction(async (transaction) => {
          // The row first: its lock makes an activation of the same version come before this or after it, never
          // beside it, and what is active is read once the lock is held.
          const { count } = await transaction.modelVersion.updateMany({ where, data });
          const active = await transaction.activeModel.findUnique({ where: { id: THE_ROW } });
          if (active?.version === version) throw new StillActive();
          return count === 1;
        }, TRANSACTION_LIMITS),
      );
    } catch (error) {
      if (error instanceof StillActive) return false;
      throw error;
    }
  }

  async behind(erasure: number): Promise<ModelVersion[]> {
    const { client, run } = this.#connection;
    const where = { erasedThrough: { lt: erasure }, status: { not: 'erased' } };
    const rows = await run(() => client.modelVersion.findMany({ where, orderBy: { createdAtMs: 'asc' } }));
    const active = await this.active();
    return rows.map((row) => toModelVersion(row, active?.version));
  }

  async passErasures(version: string, erasure: number, probes?: Manifest['probes']): Promise<void> {
    const { client, run } = this.#connection;
    const model = probes === undefined ? undefined : await this.get(version);
    const manifest = model && JSON.stringify({ ...model.manifest, probes });
    const where = { version, erasedThrough: { lt: erasure } };
    const data = { erasedThrough: erasure, ...(manifest !== undefined && { manifest }) };
    await run(() => client.modelVersion.updateMany({ where, data }));
  }

  async supersede(work: Supersession): Promise<SupersessionOutcome> {
    const { client, run } = this.#connection;
    try {
      const activated = await run(() =>
        client.$transaction((transaction) => supersedeIn(transaction, work), TRANSACTION_LIMITS),
      );
      return { outcome: 'superseded', activated };
    } catch (error) {
      if (error instanceof NotSuperseded) return { outcome: error.outcome };
      throw error;
    }
  }

  async filesErased(version: string, nowMs: number): Promise<void> {
    const { client, run } = this.#connection;
    const where = { version, status: 'erased', filesDeletedAtMs: null };
    const data = { filesDeletedAtMs: toBigInt(nowMs) };
    await run(() => client.modelVersion.updateMany({ where, data }));
  }
}

/** Thrown inside a transaction, so that it is undone. */
class StillActive extends Error {}

type Transaction = Parameters<Parameters<Client['$transaction']>[0]>[0];

/** Everything that is thrown here undoes the transaction. */
async function activateIn(
  transaction: Transaction,
  activation: Parameters<ModelStore['activate']>[0],
): Promise<ActiveModel | undefined> {
  const { version, expectedGeneration, activatedBy, nowMs, run } = activation;
  const generation = expectedGeneration + 1;
  const data = { generation, version, activatedBy, activatedAtMs: toBigInt(nowMs) };
  let previousVersion: string | null = null;
  if (expectedGeneration === 0) {
    await transaction.activeModel.create({ data: { id: THE_ROW, ...data } });
  } else {
    const previous = await transaction.activation.findUnique({ where: { generation: expectedGeneration } });
    previousVersion = previous?.version ?? null;
    const where = { id: THE_ROW, generation: expectedGeneration };
    const { count } = await transaction.activeModel.updateMany({ where, data });
    if (count === 0) return undefined;
  }
  await publishRow(transaction, version);
  if (run !== undefined) await markRun(transaction, run, version);
  await transaction.activation.create({ data: { ...data, previousVersion } });
  return { generation, version, activatedBy, activatedAtMs: Math.round(nowMs) };
}

async function publishRow(transaction: Transaction, version: string): Promise<void> {
  const where = { version, filesDeletedAtMs: null, status: { not: 'erased' } };
  const { count } = await transaction.modelVersion.updateMany({ where, data: { status: 'archived' } });
  if (count > 0) return;
  if ((await transaction.modelVersion.count({ where: { version } })) === 0) throw notFound(version);
  throw new SommelierError('model-unusable', `The files of model ${version} were deleted or erased.`);
}

/** From here on the run cannot be cancelled, and no other attempt of it can activate anything. */
async function markRun(
  transaction: Transaction,
  { id, attempt }: { id: string; attempt: number },
  version: string,
): Promise<void> {
  const where = { id, attempts: attempt, status: 'running', modelVersion: null };
  const { count } = await transaction.trainingRun.updateMany({ where, data: { modelVersion: version } });
  if (count === 0)
    throw new SommelierError(
      'run-ended',
      `Run ${id} was cancelled, or is not attempt ${attempt}'s any more, so ${version} was not activated.`,
    );
}

function notFound(version: string): SommelierError {
  return new SommelierError('model-not-found', `There is no model version ${version}.`);
}

function toModelVersion(row: ModelVersionRow, activeVersion: string | undefined): ModelVersion {
  return {
    version: row.version,
    runId: row.runId,
    status: modelStatusSchema.parse(row.status),
    active: row.version === activeVersion,
    createdAtMs: Number(row.createdAtMs),
    pinned: row.pinned,
    filesDeletedAtMs: row.filesDeletedAtMs === null ? null : Number(row.filesDeletedAtMs),
    erasedThrough: row.erasedThrough,
    manifest: readJson(manifestSchema, row.manifest, `ModelVersion ${row.version}, column manifest,`),
  };
}

function toActiveModel(row: ActiveModelRow): ActiveModel {
  const { generation, version, activatedBy } = row;
  return { generation, version, activatedBy, activatedAtMs: Number(row.activatedAtMs) };
}

function toActivation(row: ActivationRow): Activation {
  const { generation, version, previousVersion, activatedBy } = row;
  return { generation, version, previousVersion, activatedBy, activatedAtMs: Number(row.activatedAtMs) };
}
