import { type ActiveModel, type Manifest, type ModelVersion, SommelierError } from '@sommelier/contracts';
import { createScanMemory, RetiredMemory, readItemIds, type ScanMemory } from '@sommelier/ncf';
import { type ArtifactStore, manifestKey, modelKey } from '@sommelier/platform';
import type { ScoringPool } from '../scoring/scoring-pool.ts';
import { sharedBytesOf } from '../scoring/scoring-protocol.ts';
import { type ErasedUsers, withoutErased } from './erased-users.ts';
import type { ServableModel } from './model-holder.ts';
import type { ModelPreparer } from './model-preparer.ts';
import { checkCounts, readManifest } from './read-manifest.ts';

/** Where a scoring pool's threads begin. */
export const SCORING_THREAD = new URL('../scoring/scoring-thread.js', import.meta.url);
/** Where a model preparer's thread begins. */
export const LOADING_THREAD = new URL('./loading-thread.js', import.meta.url);
/**
 * Most requests that a thread takes at once. Each still costs its own work: what they share is the way to the thread and
 * back. So many of them that they take about as long as this many items do, that nobody waits long for the others.
 */
const MAX_AT_ONCE = 16;
const ITEMS_AT_ONCE = 65_536;
/** Time after which nobody holds a model that was closed. */
const COLLECT_AFTER_MS = 1_000;
/** Items with evidence that a user may have: those near to 20 items, and these. */
const MAX_EVIDENCE = 32_768;

/** Of this thread: models that were served. */
const retired = new RetiredMemory();

export interface ModelLoaderParts {
  readonly artifacts: ArtifactStore;
  /** The row of a version: it says which file is the right one. */
  readonly findVersion: (version: string) => Promise<ModelVersion | undefined>;
  readonly erasedUsers: ErasedUsers;
  readonly preparer: ModelPreparer;
  readonly pool: ScoringPool;
  /** Time that a model has to be verified. */
  readonly loadTimeoutMs: number;
}

/**
 * Fetches a model, has the loading thread verify and prepare it, and opens it in the threads that score, which serve
 * the model before it all the while.
 * @throws SommelierError `model-not-found`, `artifact-not-found`, `artifact-store`, `model-file-invalid`,
 *   `database-unavailable`
 */
export async function loadModel(
  parts: ModelLoaderParts,
  active: ActiveModel,
  signal: AbortSignal,
): Promise<ServableModel> {
  const { version, generation } = active;
  const row = await parts.findVersion(version);
  if (row === undefined) {
    throw new SommelierError('model-not-found', `The active model ${version} has no row in the database.`);
  }
  const manifest = readManifest(row, await parts.artifacts.get(manifestKey(version)));
  const bytes = await parts.artifacts.getShared(modelKey(version));
  checkCounts(manifest, bytes.byteLength);
  const fetched = { bytes, manifest, memory: itemMemory(manifest, parts.pool.threads) };
  const sharedBytes = sharedBytesOf(fetched);
  const model = await parts.preparer.prepare(
    fetched,
    // The first model is waited for by everybody.
    { timeoutMs: parts.loadTimeoutMs, signal, yielding: parts.pool.isServing },
  );
  const { erasedUsers } = parts;
  await erasedUsers.readFor(row.erasedThrough);
  const open = await parts.pool.open(model, signal);
  return {
    version,
    generation,
    itemIds: readItemIds(new Uint8Array(bytes)),
    score: withoutErased(open.score, erasedUsers, row.erasedThrough),
    close: async () => {
      open.close();
      setTimeout(() => retired.retire(sharedBytes), COLLECT_AFTER_MS).unref();
    },
  };
}

/**
 * The memory that all scoring threads share, one slot a thread; of a manifest whose counts were checked.
 * @throws SommelierError `overloaded` when the machine does not give it.
 */
export function itemMemory({ version, counts, config }: Manifest, slots: number): ScanMemory | undefined {
  const { factors, layers } = config.model;
  const usersAtOnce = Math.max(1, Math.min(MAX_AT_ONCE, Math.floor(ITEMS_AT_ONCE / counts.items)));
  try {
    return createScanMemory(
      { userCount: counts.users, itemCount: counts.items, factors, layers },
      { slots, usersAtOnce, evidence: MAX_EVIDENCE },
    );
  } catch (error) {
    throw new SommelierError(
      'overloaded',
      `There is no memory for the ${counts.items} items of model ${version}: ${(error as Error).message}.`,
    );
  }
}
