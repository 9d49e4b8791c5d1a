import { type ArtifactStore, type Database, modelKey, removeTemporaryFiles } from '@sommelier/platform';
import { eraseFromSnapshots, type SnapshotErasureParts } from './erase-from-snapshots.ts';
import { eraseFromVersions, type VersionErasureParts } from './erase-from-versions.ts';

/** A temporary file that nobody has written to for this long is one that a writer has left. */
const LEFT_AFTER_MS = 600_000;
/**
 * Files of a version go when no replica serves it any more, at the latest after this: a replica that cannot load the
 * successor serves from memory and needs them no more.
 */
const LONGEST_WAIT_MS = 900_000;
/** Activations that are looked through. */
const MAX_ACTIVATIONS = 1_000;
const VERSION_OF_KEY = /^models\/([^/]+)\//;

export interface ErasureParts extends VersionErasureParts, SnapshotErasureParts {
  readonly database: Pick<Database, 'models' | 'trainingRuns' | 'erasures'>;
  readonly artifacts: ArtifactStore;
}

/**
 * Does all that can be done now about the erasures that are not finished: successors of the versions that have the
 * users, then the files of what was replaced and the snapshots. Every step may be done twice, by several workers at once,
 * or be cut off anywhere: what is left to do is in the rows, not here.
 * @returns whether all are finished; if not, something is waited for: a run that has read before the erasure, or a replica
 */
export async function carryOutErasures(parts: ErasureParts): Promise<boolean> {
  const { erasures, models, trainingRuns } = parts.database;
  const pending = await erasures.unfinished();
  const through = pending.at(-1)?.id;
  if (through === undefined) return true;
  // First: what a run that has ended by now has left is there to be found.
  const readThrough = (await trainingRuns.readThrough()) ?? through;
  await eraseFromVersions(parts, through);
  await eraseFromSnapshots(parts, pending);
  await deleteErasedFiles(parts);
  await erasures.wipeFreedPages();
  const behind = (await models.behind(through)).map(({ erasedThrough }) => erasedThrough);
  const replicas = (await erasures.replicas(parts.nowMs())).map(({ erasedThrough }) => erasedThrough);
  const reached = Math.min(through, readThrough, ...behind, ...replicas);
  const waiting = new Set((await erasures.filesToDelete()).map(({ erasureId }) => erasureId));
  const done = pending.map(({ id }) => id).filter((id) => id <= reached && !waiting.has(id));
  if (done.length > 0) await erasures.finish(done, replicas.length, parts.nowMs());
  if (done.length > 0) parts.logger.info({ erasures: done }, 'finished erasures');
  return done.length === pending.length;
}

async function deleteErasedFiles(parts: ErasureParts): Promise<void> {
  const { database, artifacts, nowMs } = parts;
  const keys = new Set((await database.erasures.filesToDelete()).map(({ key }) => key));
  if (keys.size === 0) return;
  const served = new Set((await database.erasures.replicas(nowMs())).map(({ version }) => version));
  for (const key of keys) {
    const version = VERSION_OF_KEY.exec(key)?.[1];
    if (version !== undefined && served.has(version) && !(await isOverdue(parts, version))) continue;
    await artifacts.delete(key);
    await database.erasures.fileDeleted(key, nowMs());
    if (version !== undefined && key === modelKey(version))
      await database.models.filesErased(version, nowMs());
  }
}

/** Whether a version was replaced as the active one so long ago that nobody is waited for any more. */
async function isOverdue({ database, nowMs }: ErasureParts, version: string): Promise<boolean> {
  const activations = await database.models.activations({ limit: MAX_ACTIVATIONS });
  if (activations[0]?.version === version) return false;
  const replaced = activations.find(({ previousVersion }) => previousVersion === version);
  // Never the active one, or longer ago than that goes back.
  const since = replaced ?? activations.at(-1);
  return since !== undefined && nowMs() - since.activatedAtMs > LONGEST_WAIT_MS;
}

/** Removes what writers have left that were cut off. */
export async function removeLeftFiles({ artifactDir, nowMs }: ErasureParts): Promise<void> {
  await removeTemporaryFiles(artifactDir, { olderThanMs: nowMs() - LEFT_AFTER_MS });
}
