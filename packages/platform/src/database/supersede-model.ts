import type { ActiveModel, Manifest, ModelVersion } from '@sommelier/contracts';
import type { Client } from './client.ts';
import { toBigInt } from './training-run-row.ts';

/** A version that had users who were erased, and what takes its place. */
export interface Supersession {
  readonly model: ModelVersion;
  /** Absent: nothing does, which only a version that is not active bears. */
  readonly successor?: Manifest | undefined;
  /** Erasures up to this one are carried out in the successor. */
  readonly erasedThrough: number;
  /** Those whose users it had. */
  readonly erasureIds: readonly number[];
  /** Keys of its files, which are to go. */
  readonly files: readonly string[];
  readonly activatedBy: string;
  readonly nowMs: number;
}

/**
 * `superseded`, with the row of the active model where that was changed; `changed` when the version is not as it was
 * given; `active` when it is the active one and has no successor. But for the first, nothing was written.
 */
export type SupersessionOutcome =
  | { readonly outcome: 'superseded'; readonly activated: ActiveModel | undefined }
  | { readonly outcome: 'changed' | 'active' };

/** Thrown inside a transaction, so that it is undone. */
export class NotSuperseded extends Error {
  readonly outcome: 'changed' | 'active';

  constructor(outcome: 'changed' | 'active') {
    super(outcome);
    this.outcome = outcome;
  }
}

type Transaction = Parameters<Parameters<Client['$transaction']>[0]>[0];

/**
 * The old row first, and only if it is as it was read: its lock makes an activation of the same version, or its pinning,
 * come before this or after it, never beside it.
 * @throws NotSuperseded
 */
export async function supersedeIn(
  transaction: Transaction,
  work: Supersession,
): Promise<ActiveModel | undefined> {
  const { model, successor, erasedThrough, erasureIds, files } = work;
  const { version, status, pinned, manifest } = model;
  const { count } = await transaction.modelVersion.updateMany({
    where: { version, status, pinned, filesDeletedAtMs: null },
    // The probes name users, and nobody needs them any more.
    data: {
      status: 'erased',
      pinned: false,
      manifest: JSON.stringify({ ...manifest, probes: [] }),
      erasedThrough,
    },
  });
  if (count === 0) throw new NotSuperseded('changed');
  if (successor !== undefined) {
    const row = { version: successor.version, runId: model.runId, status, pinned, erasedThrough };
    const createdAtMs = toBigInt(model.createdAtMs);
    await transaction.modelVersion.create({
      data: { ...row, manifest: JSON.stringify(successor), createdAtMs },
    });
  }
  const rows = files.flatMap((key) =>
    erasureIds.map((erasureId) => ({ erasureId, key, successor: successor?.version ?? null })),
  );
  await transaction.erasedFile.createMany({ data: rows });
  return activateSuccessor(transaction, work);
}

/** Runs that began at this generation may still replace it: their incumbent is the same but for whom was erased. */
async function activateSuccessor(
  transaction: Transaction,
  { model, successor, activatedBy, nowMs }: Supersession,
): Promise<ActiveModel | undefined> {
  const active = await transaction.activeModel.findFirst();
  if (active?.version !== model.version) return undefined;
  if (successor === undefined) throw new NotSuperseded('active');
  const generation = active.generation + 1;
  const next = { generation, version: successor.version, activatedBy, activatedAtMs: toBigInt(nowMs) };
  const where = { id: active.id, generation: active.generation };
  const { count } = await transaction.activeModel.updateMany({ where, data: next });
  if (count === 0) throw new NotSuperseded('changed');
  await transaction.trainingRun.updateMany({
    where: { baseGeneration: active.generation, status: { in: ['queued', 'running'] } },
    data: { baseGeneration: generation },
  });
  await transaction.activation.create({ data: { ...next, previousVersion: model.version } });
  return { generation, version: successor.version, activatedBy, activatedAtMs: Math.round(nowMs) };
}
