import {
  type ActiveModel,
  type Manifest,
  type ModelVersion,
  manifestSchema,
  SommelierError,
  zodDetails,
} from '@sommelier/contracts';
import { createScanMemory, readItemIds, type ScanMemory } from '@sommelier/ncf';
import { type ArtifactStore, type Logger, manifestKey, modelKey } from '@sommelier/platform';
import type { ServableModel } from './model-holder.ts';
import { type ScoringLimits, ScoringPool } from './scoring-pool.ts';

const SCORING_THREAD = new URL('./scoring-thread.js', import.meta.url);

export interface ModelLoaderParts {
  readonly artifacts: ArtifactStore;
  /** The row of a version: it says which file is the right one. */
  readonly findVersion: (version: string) => Promise<ModelVersion | undefined>;
  readonly limits: ScoringLimits;
  readonly logger: Logger;
}

/**
 * Fetches a model and has threads of its own verify it, beside the threads of the model that serves.
 * @throws SommelierError `model-not-found`, `artifact-not-found`, `artifact-store`, `model-file-invalid`
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
  const manifest = readManifest(version, await parts.artifacts.get(manifestKey(version)));
  if (manifest.file.sha256 !== row.manifest.file.sha256) {
    throw invalid(
      version,
      'the manifest in the artifact store names another file than the one in the database',
    );
  }
  const bytes = shared(await parts.artifacts.get(modelKey(version)));
  const pool = await ScoringPool.open(
    SCORING_THREAD,
    { bytes, manifest, memory: itemMemory(manifest, parts.limits.threads) },
    parts.limits,
    parts.logger,
    signal,
  );
  return {
    version,
    generation,
    itemIds: readItemIds(new Uint8Array(bytes)),
    score: (request) => pool.score(request),
    close: () => pool.close(),
  };
}

function readManifest(version: string, bytes: Uint8Array): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid(version, `its manifest is not JSON (${(error as Error).message})`);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const problems = zodDetails(parsed.error).map((detail) => `${detail.path}: ${detail.message}`);
    throw invalid(version, `its manifest is not valid (${problems.slice(0, 5).join('; ')})`);
  }
  if (parsed.data.version !== version) throw invalid(version, `its manifest is of ${parsed.data.version}`);
  return parsed.data;
}

function invalid(version: string, reason: string): SommelierError {
  return new SommelierError('model-file-invalid', `Model ${version} cannot be served: ${reason}.`);
}

/**
 * The memory that all scoring threads share, one slot a thread.
 * @throws SommelierError `overloaded` when the machine does not give it.
 */
function itemMemory({ version, counts, config }: Manifest, slots: number): ScanMemory | undefined {
  const { factors, layers } = config.model;
  try {
    return createScanMemory({ userCount: counts.users, itemCount: counts.items, factors, layers }, { slots });
  } catch (error) {
    throw new SommelierError(
      'overloaded',
      `There is no memory for the ${counts.items} items of model ${version}: ${(error as Error).message}.`,
    );
  }
}

/** A copy that all scoring threads read, so that a model is in memory once. */
function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}
