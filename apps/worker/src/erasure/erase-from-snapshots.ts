import { isSommelierError } from '@sommelier/contracts';
import { type ArtifactStore, type Database, type ErasedUser, snapshotKey } from '@sommelier/platform';
import type { ErasureWork } from './erasure-work.ts';

const SNAPSHOT_KEY = /^snapshots\/([0-9a-f]{64})\./;

export interface SnapshotErasureParts {
  readonly database: Pick<Database, 'erasures'>;
  readonly artifacts: Pick<ArtifactStore, 'list'>;
  readonly artifactDir: string;
  readonly work: ErasureWork;
  /** Newest erasure whose user is known not to be in a snapshot, by its hash: they never change. */
  readonly clean: Map<string, number>;
}

/**
 * Writes down each snapshot that has one of these users as a file to delete: a training on it cannot be repeated any
 * more. A run that wants one which is gone reads the events again.
 */
export async function eraseFromSnapshots(
  parts: SnapshotErasureParts,
  erased: readonly ErasedUser[],
): Promise<void> {
  const { artifacts, clean } = parts;
  const through = erased.at(-1)?.id ?? 0;
  for (const key of await artifacts.list('snapshots/')) {
    const sha256 = SNAPSHOT_KEY.exec(key)?.[1];
    if (sha256 === undefined) continue;
    const wanted = erased.filter(({ id }) => id > (clean.get(sha256) ?? 0));
    if (wanted.length === 0) continue;
    const found = await foundIn(parts, sha256, wanted);
    if (found.length > 0) await parts.database.erasures.addFile(found, snapshotKey(sha256));
    else clean.set(sha256, through);
  }
}

/** Ids of the erasures whose user is in the snapshot; one that cannot be read may have anybody. */
async function foundIn(
  { work, artifactDir }: SnapshotErasureParts,
  sha256: string,
  erased: readonly ErasedUser[],
): Promise<number[]> {
  try {
    const source = { artifactDir, key: snapshotKey(sha256), sha256 };
    const found = await work.findInSnapshot(
      source,
      erased.map(({ userHash }) => userHash),
    );
    return erased.filter(({ userHash }) => found.includes(userHash)).map(({ id }) => id);
  } catch (error) {
    if (!isSommelierError(error)) throw error;
    if (error.code === 'artifact-not-found') return [];
    if (error.code === 'model-file-invalid') return erased.map(({ id }) => id);
    throw error;
  }
}
