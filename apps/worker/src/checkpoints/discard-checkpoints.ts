import { join } from 'node:path';
import { hasEnded } from '@sommelier/contracts';
import {
  type ArtifactStore,
  checkpointPrefix,
  type Database,
  removeTemporaryFiles,
  runOfCheckpoint,
} from '@sommelier/platform';

export interface CheckpointFiles {
  readonly database: Pick<Database, 'trainingRuns'>;
  readonly artifacts: ArtifactStore;
  readonly artifactDir: string;
}

/**
 * Deletes a run's checkpoints if it is over, however it ended; half-written ones of dead workers too. Doing it again is
 * harmless.
 * @throws SommelierError `database-unavailable`, `artifact-store`
 */
export async function discardCheckpoints(parts: CheckpointFiles, runId: string): Promise<void> {
  const { database, artifacts, artifactDir } = parts;
  const run = await database.trainingRuns.get(runId);
  if (run !== undefined && !hasEnded(run.status)) return;
  for (const key of await artifacts.list(checkpointPrefix(runId))) await artifacts.delete(key);
  // Names of temporary files begin with the run and the attempt.
  await removeTemporaryFiles(join(artifactDir, 'checkpoints'), { scope: runId });
}

/** The same of every run that has checkpoints: what dead workers have left. */
export async function discardOldCheckpoints(parts: CheckpointFiles): Promise<void> {
  const runs = new Set((await parts.artifacts.list('checkpoints/')).map(runOfCheckpoint));
  for (const runId of runs) if (runId !== undefined) await discardCheckpoints(parts, runId);
}
