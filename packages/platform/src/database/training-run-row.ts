import {
  funnelSchema,
  metricsSchema,
  problemSchema,
  runConfigSchema,
  runKindSchema,
  runProgressSchema,
  runStageSchema,
  runStatusSchema,
  type TrainingRun,
  verificationSchema,
} from '@sommelier/contracts';
import { z } from 'zod';
import type { Prisma, TrainingRun as TrainingRunRow } from '../generated/mysql/client.ts';
import type { TrainingRunPatch } from './database.ts';
import { readJson, readNullableJson } from './stored-json.ts';

const timingsSchema = z.record(z.string(), z.number());

/** A run as the contracts have it, from its row. */
export function toTrainingRun(row: TrainingRunRow): TrainingRun {
  const place = (column: string) => `TrainingRun ${row.id}, column ${column},`;
  return {
    id: row.id,
    kind: runKindSchema.parse(row.kind),
    status: runStatusSchema.parse(row.status),
    stage: row.stage === null ? null : runStageSchema.parse(row.stage),
    progress: readNullableJson(runProgressSchema, row.progress, place('progress')),
    request: readJson(runConfigSchema, row.request, place('request')),
    funnel: readNullableJson(funnelSchema, row.funnel, place('funnel')),
    metrics: readNullableJson(metricsSchema, row.metrics, place('metrics')),
    error: readNullableJson(problemSchema, row.error, place('error')),
    modelVersion: row.modelVersion,
    verifies: row.verifies,
    verification: readNullableJson(verificationSchema, row.verification, place('verification')),
    timings: readNullableJson(timingsSchema, row.timings, place('timings')),
    attempts: row.attempts,
    priority: row.priority,
    createdAtMs: Number(row.createdAtMs),
    startedAtMs: row.startedAtMs === null ? null : Number(row.startedAtMs),
    finishedAtMs: row.finishedAtMs === null ? null : Number(row.finishedAtMs),
  };
}

/** The columns that a patch writes. The stage is the one of the last progress, also after the run has ended. */
export function patchColumns(patch: TrainingRunPatch): Prisma.TrainingRunUpdateManyMutationInput {
  return {
    ...(patch.status !== undefined && { status: patch.status }),
    ...(patch.progress != null && { stage: patch.progress.stage }),
    ...jsonColumn('progress', patch.progress),
    ...jsonColumn('funnel', patch.funnel),
    ...jsonColumn('metrics', patch.metrics),
    ...jsonColumn('error', patch.error),
    ...jsonColumn('timings', patch.timings),
    ...jsonColumn('verification', patch.verification),
    ...(patch.modelVersion !== undefined && { modelVersion: patch.modelVersion }),
    ...(patch.snapshotSha256 !== undefined && { snapshotSha256: patch.snapshotSha256 }),
    ...(patch.baseGeneration !== undefined && { baseGeneration: patch.baseGeneration }),
    ...(patch.erasedThrough !== undefined && { erasedThrough: patch.erasedThrough }),
    ...(patch.startedAtMs !== undefined && { startedAtMs: toBigInt(patch.startedAtMs) }),
    ...(patch.finishedAtMs !== undefined && { finishedAtMs: toBigInt(patch.finishedAtMs) }),
  };
}

/** Times in whole milliseconds. */
export function toBigInt(timeMs: number): bigint {
  return BigInt(Math.round(timeMs));
}

function jsonColumn<K extends string>(column: K, value: unknown): Partial<Record<K, string | null>> {
  if (value === undefined) return {};
  return { [column]: value === null ? null : JSON.stringify(value) } as Record<K, string | null>;
}
