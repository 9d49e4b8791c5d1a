import { isSommelierError, type ModelReady, type ModelVersion } from '@sommelier/contracts';
import {
  type ArtifactStore,
  type Database,
  type ErasedUser,
  type Logger,
  manifestKey,
  modelKey,
  userHash,
} from '@sommelier/platform';
import { storeModelFiles } from '../stages/store-model.ts';
import type { ErasureWork } from './erasure-work.ts';
import type { Removal } from './removal.ts';
import { successorOf } from './successor.ts';

export interface VersionErasureParts {
  readonly database: Pick<Database, 'models' | 'trainingRuns' | 'erasures'>;
  readonly artifacts: ArtifactStore;
  readonly artifactDir: string;
  readonly work: ErasureWork;
  /** Versions that could not be rewritten while they were active, of which was said so. */
  readonly stuck: Set<string>;
  readonly announce: (message: ModelReady) => Promise<void>;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

/**
 * Goes through the versions in which erasures up to this one are not carried out: notes those that had none of the users,
 * and puts a successor without them in the place of each that had. What cannot be done now is left, and seen again.
 */
export async function eraseFromVersions(parts: VersionErasureParts, through: number): Promise<void> {
  const { models } = parts.database;
  for (const model of await models.behind(through)) {
    if (await isInTheMaking(parts, model)) continue;
    // Nothing can be done until another model is active, and looking again means to read and hash the whole file.
    if (model.active && parts.stuck.has(model.version)) continue;
    const erased = (await parts.database.erasures.after(model.erasedThrough)).filter(
      ({ id }) => id <= through,
    );
    if (model.filesDeletedAtMs === null) await eraseFromVersion(parts, model, { erased, through });
    else await models.passErasures(model.version, through, probesWithout(model, erased));
  }
}

/** A candidate of a run that goes on is about to be activated; the run takes the users out itself before that. */
async function isInTheMaking({ database }: VersionErasureParts, model: ModelVersion): Promise<boolean> {
  if (model.status !== 'candidate') return false;
  return (await database.trainingRuns.get(model.runId))?.status === 'running';
}

/** Of a version whose files are gone the row is left, which names users. */
function probesWithout({ manifest }: ModelVersion, erased: readonly ErasedUser[]) {
  const hashes = new Set(erased.map((user) => user.userHash));
  return manifest.probes.filter(({ userId }) => !hashes.has(userHash(userId)));
}

async function eraseFromVersion(
  parts: VersionErasureParts,
  model: ModelVersion,
  { erased, through }: { erased: readonly ErasedUser[]; through: number },
): Promise<void> {
  const { version } = model;
  const removal = await removalOf(parts, model, erased);
  if (removal.outcome === 'absent') {
    await parts.database.models.passErasures(version, through);
    return;
  }
  const found = 'found' in removal ? new Set(removal.found) : undefined;
  const erasureIds = erased.filter((user) => found?.has(user.userHash) ?? true).map(({ id }) => id);
  const successor = removal.outcome === 'removed' ? successorOf(model.manifest, removal.content) : undefined;
  if (removal.outcome === 'removed' && successor !== undefined)
    await storeModelFiles(parts.artifacts, successor, removal.bytes);
  const result = await parts.database.models.supersede({
    ...{ model, successor, erasureIds, erasedThrough: through },
    files: [manifestKey(version), modelKey(version)],
    activatedBy: `erasure:${erasureIds.at(-1)}`,
    nowMs: parts.nowMs(),
  });
  if (result.outcome === 'active') sayStuck(parts, version, removal.outcome);
  if (result.outcome !== 'superseded') return;
  parts.logger.info({ version, successor: successor?.version }, 'erased users from a model version');
  if (result.activated === undefined || successor === undefined) return;
  const { generation, activatedAtMs } = result.activated;
  const about = { version: successor.version, sha256: successor.file.sha256, publishedAt: activatedAtMs };
  await parts.announce({ schemaVersion: 1, generation, ...about });
}

function sayStuck({ stuck, logger }: VersionErasureParts, version: string, outcome: string): void {
  if (stuck.has(version)) return;
  stuck.add(version);
  logger.warn({ version, outcome }, 'the active model cannot be rewritten: train anew, then it goes');
}

/**
 * A file that is missing or damaged may have anybody in it, and serves nobody: it goes.
 * @throws SommelierError `artifact-store` when the store itself cannot be used
 */
async function removalOf(
  { work, artifactDir }: VersionErasureParts,
  { version, manifest }: ModelVersion,
  erased: readonly ErasedUser[],
): Promise<Removal | { outcome: 'unreadable' }> {
  const hashes = erased.map((user) => user.userHash);
  try {
    const source = { artifactDir, key: modelKey(version), sha256: manifest.file.sha256 };
    return await work.removeFromModel(source, hashes);
  } catch (error) {
    if (!isSommelierError(error) || !['artifact-not-found', 'model-file-invalid'].includes(error.code))
      throw error;
    return { outcome: 'unreadable' };
  }
}
