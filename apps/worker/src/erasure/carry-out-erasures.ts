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
  await removeTemporaryFiles(parts.artifactDir, { olderThanMs: parts.nowMs() - LEFT_AFTER_MS });
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

/** Whether the successor of a version has been active for so long that nobody is waited for any more. */
async function isOverdue({ database, nowMs }: ErasureParts, version: string): Promise<boolean> {
  const [last] = await database.models.activations({ limit: 1 });
  if (last === undefined || last.version === version) return false;
  return nowMs() - last.activatedAtMs > LONGEST_WAIT_MS;
}
