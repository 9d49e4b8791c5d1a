import type { ModelVersion } from '@sommelier/contracts';
import {
  type ArtifactStore,
  type Database,
  type Logger,
  removeTemporaryFiles,
  snapshotKey,
} from '@sommelier/platform';
import { deleteModelFiles } from './runs/discard-run.ts';

const MAX_VERSIONS = 1_000;
/** Activations in which the one before the active version is looked for. */
const MAX_ACTIVATIONS = 100;
const DAY_MS = 86_400_000;
const VERSION_OF_KEY = /^models\/([^/]+)\//;

export interface RetentionParts {
  readonly database: Pick<Database, 'models' | 'replicaLeases' | 'trainingRuns' | 'erasures'>;
  readonly artifacts: ArtifactStore;
  readonly artifactDir: string;
  /** Newest versions whose files stay. */
  readonly keep: number;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

/**
 * Deletes the files of versions that nobody needs: all but the newest `keep`, the active one, the one before it, the
 * pinned ones, and those that a replica serves. Their rows stay. Then what crashes have left: files without a row,
 * snapshots of no version, temporary files, if they are older than a day.
 * @returns versions whose files went
 * @throws SommelierError `database-unavailable`, `artifact-store`
 */
export async function applyRetention(parts: RetentionParts): Promise<string[]> {
  const { database, artifacts, logger, nowMs } = parts;
  const versions = await database.models.list({ limit: MAX_VERSIONS });
  const served = await database.replicaLeases.servedVersions(nowMs());
  const needed = new Set(served);
  const runBefore = await runBeforeTheActive(database, versions);
  const withFiles = versions.filter(({ filesDeletedAtMs }) => filesDeletedAtMs === null);
  const retired: string[] = [];
  for (const { version, runId, active, pinned } of withFiles.slice(parts.keep)) {
    if (active || pinned || needed.has(version) || runId === runBefore) continue;
    // The row decides, since the version may have been activated or pinned a moment ago.
    if (!(await database.models.retire(version, nowMs()))) continue;
    await deleteModelFiles(artifacts, version);
    retired.push(version);
  }
  if (retired.length > 0) logger.info({ versions: retired }, 'deleted the files of old models');
  await sweep(
    parts,
    withFiles.filter(({ version }) => !retired.includes(version)),
  );
  return retired;
}

/**
 * The run whose model was active before that of the run that is now: a version may have been replaced meanwhile by a
 * successor without users who were erased, which is of the same run.
 */
async function runBeforeTheActive(
  { models }: RetentionParts['database'],
  versions: readonly ModelVersion[],
): Promise<string | undefined> {
  const runOf = new Map(versions.map(({ version, runId }) => [version, runId]));
  const activations = await models.activations({ limit: MAX_ACTIVATIONS });
  const [current, ...earlier] = activations.flatMap(({ version }) => runOf.get(version) ?? []);
  return earlier.find((runId) => runId !== current);
}

async function sweep(parts: RetentionParts, kept: readonly ModelVersion[]): Promise<void> {
  const older = await sweepModels(parts, new Set(kept.map(({ version }) => version)));
  const named = [...kept, ...older].map(({ manifest }) => manifest.snapshotSha256);
  await sweepSnapshots(parts, new Set(named));
  await removeTemporaryFiles(parts.artifactDir, { olderThanMs: parts.nowMs() - DAY_MS });
}

/**
 * Files of a version that was retired and not deleted, or that never came to have a row. Returns the versions that have
 * files and a row, and were not among `kept`: those that are too old to be listed.
 */
async function sweepModels(parts: RetentionParts, kept: ReadonlySet<string>): Promise<ModelVersion[]> {
  const { database, artifacts, nowMs } = parts;
  // A successor without erased users has its predecessor's time in its name, and files before its row, too. Asked before
  // the files are listed: those of an erasure that comes later are not among them.
  const isErasing = (await database.erasures.unfinished()).length > 0;
  const stored = (await artifacts.list('models/')).map((key) => VERSION_OF_KEY.exec(key)?.[1] ?? '');
  const older: ModelVersion[] = [];
  for (const version of new Set(stored)) {
    if (version === '' || kept.has(version)) continue;
    const row = await database.models.get(version);
    // Files come before their row: those of an attempt that is publishing are young.
    const isLeft =
      row === undefined
        ? !isErasing && createdAtMs(version) < nowMs() - DAY_MS
        : row.filesDeletedAtMs !== null;
    if (isLeft) await deleteModelFiles(artifacts, version);
    else if (row !== undefined) older.push(row);
  }
  return older;
}

/** Snapshots serve the retries of a run, and whoever wants to repeat a training whose model is kept. */
async function sweepSnapshots(parts: RetentionParts, kept: ReadonlySet<string>): Promise<void> {
  const { database, artifacts } = parts;
  // One that was written a moment ago may not be in the row of its run yet.
  if ((await database.trainingRuns.list({ status: 'running', limit: 1 })).length > 0) return;
  const stored = await artifacts.list('snapshots/');
  for (const key of stored) {
    const sha256 = /^snapshots\/([0-9a-f]{64})\./.exec(key)?.[1];
    if (sha256 !== undefined && !kept.has(sha256)) await artifacts.delete(snapshotKey(sha256));
  }
}

/** When a version was made, by its name. */
function createdAtMs(version: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(version) ?? [];
  if (parts.length !== 6) return Number.POSITIVE_INFINITY;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
