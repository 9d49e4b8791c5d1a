import {
  type ActiveModel,
  type Manifest,
  type ModelVersion,
  manifestSchema,
  modelStatusSchema,
  SommelierError,
} from '@sommelier/contracts';
import type {
  ActiveModel as ActiveModelRow,
  ModelVersion as ModelVersionRow,
} from '../generated/mysql/client.ts';
import type { Connection } from './client.ts';
import type { ModelStore } from './database.ts';
import { isUniqueViolation } from './database-errors.ts';
import { readJson } from './stored-json.ts';
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
  async addCandidate(manifest: Manifest): Promise<void> {
    const { client, run } = this.#connection;
    const { version, runId } = manifest;
    const text = JSON.stringify(manifest);
    const createdAtMs = toBigInt(manifest.createdAtMs);
    try {
      const data = { version, runId, status: 'candidate', manifest: text, createdAtMs };
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
  }): Promise<ActiveModel | undefined> {
    const { client, run } = this.#connection;
    const { version, expectedGeneration, activatedBy, nowMs } = activation;
    const generation = expectedGeneration + 1;
    const data = { generation, version, activatedBy, activatedAtMs: toBigInt(nowMs) };
    try {
      return await run(() =>
        client.$transaction(async (transaction) => {
          if (expectedGeneration === 0) {
            await transaction.activeModel.create({ data: { id: THE_ROW, ...data } });
          } else {
            const where = { id: THE_ROW, generation: expectedGeneration };
            const { count } = await transaction.activeModel.updateMany({ where, data });
            if (count === 0) return undefined;
          }
          const published = { where: { version }, data: { status: 'archived' } };
          const { count } = await transaction.modelVersion.updateMany(published);
          // Thrown inside the transaction, so that the row goes back to what it was.
          if (count === 0)
            throw new SommelierError('model-not-found', `There is no model version ${version}.`);
          return { generation, version, activatedBy, activatedAtMs: Math.round(nowMs) };
        }, TRANSACTION_LIMITS),
      );
    } catch (error) {
      // The row exists: somebody was first.
      if (expectedGeneration === 0 && isUniqueViolation(error)) return undefined;
      throw error;
    }
  }
}

function toModelVersion(row: ModelVersionRow, activeVersion: string | undefined): ModelVersion {
  return {
    version: row.version,
    runId: row.runId,
    status: modelStatusSchema.parse(row.status),
    active: row.version === activeVersion,
    createdAtMs: Number(row.createdAtMs),
    manifest: readJson(manifestSchema, row.manifest, `ModelVersion ${row.version}, column manifest,`),
  };
}

function toActiveModel(row: ActiveModelRow): ActiveModel {
  const { generation, version, activatedBy } = row;
  return { generation, version, activatedBy, activatedAtMs: Number(row.activatedAtMs) };
}
