import { type Environment, type Logger, openArtifactStore, type Tracing } from '@sommelier/platform';
import type { BackgroundDatabase } from '../../background-database.ts';
import type { ItemCatalogue } from '../../catalogue/item-catalogue.ts';
import type { ReloadObserver } from '../../metrics/reload-meter.ts';
import { DEFAULT_SCORING_LIMITS, ScoringPool } from '../scoring/scoring-pool.ts';
import { boundToCatalogue } from './bound-to-catalogue.ts';
import { checksInTurn } from './checks-in-turn.ts';
import type { ErasedUsers } from './erased-users.ts';
import { ModelHolder } from './model-holder.ts';
import { LOADING_THREAD, loadModel, type ModelLoaderParts, SCORING_THREAD } from './model-loader.ts';
import { pollActiveModel } from './model-polling.ts';
import { ModelPreparer } from './model-preparer.ts';
import { tracedLoad } from './traced-load.ts';

/** Time that a model has to be verified, by a thread that gives way to all others. */
const MODEL_LOAD_TIMEOUT_MS = 300_000;
/** A model that takes longer to verify is not activated by hand. */
const CHECK_TIMEOUT_MS = 120_000;

/** A model that failed is not read and verified again at every look at which one is active. */
const SOONEST_RETRY_MS = 5_000;

/** The model that a replica serves, and all that computes on it. */
export interface ServedModels {
  readonly models: ModelHolder;
  /** How busy the threads are that score. */
  readonly scoring: Pick<ScoringPool, 'waiting' | 'refused' | 'late'>;
  /**
   * Loads and verifies a version as for serving, and lets it go; one at a time.
   * @throws SommelierError `overloaded` when many others wait; what loading throws
   */
  readonly checkModel: (version: string) => Promise<void>;
  stop(): Promise<void>;
}

/** Starts the threads, and begins to look which model is active. */
export function serveModels(parts: {
  environment: Environment;
  database: BackgroundDatabase;
  catalogue: ItemCatalogue;
  erasedUsers: ErasedUsers;
  observer: ReloadObserver;
  tracing: Tracing;
  logger: Logger;
}): ServedModels {
  const { environment, database, catalogue, erasedUsers, observer, tracing, logger } = parts;
  const limits = { ...DEFAULT_SCORING_LIMITS, threads: environment.SCORING_THREADS };
  const pool = new ScoringPool(SCORING_THREAD, limits, logger);
  const preparer = new ModelPreparer(LOADING_THREAD);
  const loader = modelLoader(environment, database, { pool, preparer, erasedUsers });
  const models = modelHolder(environment, database, { loader, catalogue, observer, tracing, logger });
  const polling = pollActiveModel(models, environment.MODEL_POLL_MS);
  return {
    models,
    scoring: pool,
    checkModel: checksInTurn((version) => checkModel(loader, version)),
    async stop() {
      await polling.stop();
      await models.close();
      await Promise.all([preparer.close(), pool.close()]);
    },
  };
}

function modelLoader(
  environment: Environment,
  database: BackgroundDatabase,
  shared: Pick<ModelLoaderParts, 'pool' | 'preparer' | 'erasedUsers'>,
): ModelLoaderParts {
  const artifacts = openArtifactStore(environment.ARTIFACT_DIR);
  return {
    artifacts,
    findVersion: async (version: string) => database.models.get(version),
    ...shared,
    loadTimeoutMs: MODEL_LOAD_TIMEOUT_MS,
  };
}

/** As for serving, beside the model that serves. */
async function checkModel(loader: ModelLoaderParts, version: string): Promise<void> {
  const nobody = { version, generation: 1, activatedBy: '', activatedAtMs: 0 };
  const model = await loadModel(loader, nobody, AbortSignal.timeout(CHECK_TIMEOUT_MS));
  await model.close();
}

function modelHolder(
  environment: Environment,
  database: BackgroundDatabase,
  held: {
    loader: ModelLoaderParts;
    catalogue: ItemCatalogue;
    observer: ReloadObserver;
    tracing: Tracing;
    logger: Logger;
  },
): ModelHolder {
  const { loader, catalogue, observer, tracing, logger } = held;
  return new ModelHolder({
    readActive: async () => database.models.active(),
    load: (active, signal) =>
      tracedLoad({ tracing, database, nowMs: Date.now }, active, async () =>
        boundToCatalogue(await loadModel(loader, active, signal), catalogue),
      ),
    logger,
    observer,
    now: Date.now,
    monotonicMs: () => performance.now(),
    retryDelayMs: Math.max(environment.MODEL_POLL_MS, SOONEST_RETRY_MS),
  });
}
