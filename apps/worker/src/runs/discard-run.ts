import { type ArtifactStore, type Database, manifestKey, modelKey, snapshotKey } from '@sommelier/platform';

/**
 * Takes away what a cancelled run has left: models that it did not activate, and its snapshot, unless another run was
 * trained on the same one. A run that is not cancelled keeps everything. Doing it again is harmless.
 * @param snapshotSha256 the snapshot that an attempt was writing, if its row may not say so yet
 * @throws SommelierError `database-unavailable`, `artifact-store`
 */
export async function discardCancelledRun(
  parts: { database: Pick<Database, 'trainingRuns' | 'models'>; artifacts: ArtifactStore },
  runId: string,
  snapshotSha256?: string,
): Promise<void> {
  const { database, artifacts } = parts;
  if ((await database.trainingRuns.get(runId))?.status !== 'cancelled') return;
  for (const { version } of await database.models.candidatesOf(runId)) {
    // The row first, and only if nobody has activated it by hand: then nobody can any more.
    if (await database.models.deleteCandidate(version)) await deleteModelFiles(artifacts, version);
  }
  const sha256 = snapshotSha256 ?? (await database.trainingRuns.snapshotOf(runId));
  if (sha256 === undefined) return;
  const others = await database.trainingRuns.snapshotsInUse([sha256], runId);
  // A version that somebody has activated by hand meanwhile stays, with what it can be trained again from.
  const stays = others.length > 0 || (await database.models.versionsOf(runId)).length > 0;
  if (!stays) await artifacts.delete(snapshotKey(sha256));
  await database.trainingRuns.dropSnapshot(runId);
}

/** The manifest first: what has none is no model for anybody. */
export async function deleteModelFiles(artifacts: ArtifactStore, version: string): Promise<void> {
  await artifacts.delete(manifestKey(version));
  await artifacts.delete(modelKey(version));
}
