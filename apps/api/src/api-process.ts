import type { Config } from '@sommelier/contracts';
import {
  createTrainingQueue,
  type Environment,
  type Logger,
  openArtifactStore,
  openDatabase,
  parseDatabaseUrl,
  subscribeModelReady,
} from '@sommelier/platform';
import { createApp } from './app.ts';
import { BackgroundDatabase } from './background-database.ts';
import { listen } from './http-server.ts';
import { ModelHolder } from './serving/model-holder.ts';
import { LOADING_THREAD, loadModel, type ModelLoaderParts, SCORING_THREAD } from './serving/model-loader.ts';
import { pollActiveModel } from './serving/model-polling.ts';
import { ModelPreparer } from './serving/model-preparer.ts';
import { DEFAULT_SCORING_LIMITS, ScoringPool } from './serving/scoring-pool.ts';
import { USER_HISTORY_LIMITS, UserHistory } from './serving/user-history.ts';

/** Time that a model has to be verified, by a thread that gives way to all others. */
const MODEL_LOAD_TIMEOUT_MS = 300_000;
/** Requests in flight get this long to end when the process is asked to stop. */
const REQUEST_GRACE_MS = 8_000;

export interface ApiProcess {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, lets requests in flight end, and closes everything; bounded in time. */
  stop(): Promise<void>;
}

/**
 * Puts a replica together and starts it; it runs with or without Redis and the database.
 * @throws SommelierError `database-url`; an error of Node when the address cannot be bound
 */
export async function startApi(
  environment: Environment,
  config: Config,
  logger: Logger,
): Promise<ApiProcess> {
  const database = backgroundDatabase(environment, logger);
  const queue = createTrainingQueue(environment.REDIS_URL, environment.REDIS_PREFIX, logger);
  const limits = { ...DEFAULT_SCORING_LIMITS, threads: environment.SCORING_THREADS };
  const pool = new ScoringPool(SCORING_THREAD, limits, logger);
  const preparer = new ModelPreparer(LOADING_THREAD);
  const models = modelHolder(environment, database, { pool, preparer }, logger);
  let stopping = false;
  const app = createApp({
    config,
    logger,
    database,
    queue,
    models,
    userHistory: userHistory(config, database, logger),
    admin: { user: environment.ADMIN_USER, password: environment.ADMIN_PASSWORD },
    isStopping: () => stopping,
  });
  const server = await listen(app, environment.HOST, environment.PORT);
  const polling = pollActiveModel(models, environment.MODEL_POLL_MS);
  const subscription = subscribeModelReady({
    redisUrl: environment.REDIS_URL,
    prefix: environment.REDIS_PREFIX,
    logger,
    onHint: () => void models.refresh(),
  });
  return {
    host: server.host,
    port: server.port,
    stop: async () => {
      stopping = true;
      await server.stop(REQUEST_GRACE_MS);
      await Promise.all([subscription.close(), polling.stop()]);
      await models.close();
      await Promise.all([preparer.close(), pool.close()]);
      await Promise.all([queue.close(), database.close()]);
    },
  };
}

function backgroundDatabase(environment: Environment, logger: Logger): BackgroundDatabase {
  const url = environment.DATABASE_URL;
  // An address that can never work ends the start; a server that is away does not.
  const { provider } = parseDatabaseUrl(url);
  return new BackgroundDatabase(provider, () => openDatabase({ url }), logger);
}

function modelHolder(
  environment: Environment,
  database: BackgroundDatabase,
  threads: Pick<ModelLoaderParts, 'pool' | 'preparer'>,
  logger: Logger,
): ModelHolder {
  const artifacts = openArtifactStore(environment.ARTIFACT_DIR);
  const loader = {
    artifacts,
    findVersion: async (version: string) => database.models.get(version),
    ...threads,
    loadTimeoutMs: MODEL_LOAD_TIMEOUT_MS,
  };
  return new ModelHolder({
    readActive: async () => database.models.active(),
    load: (active, signal) => loadModel(loader, active, signal),
    logger,
    now: Date.now,
    retryDelayMs: environment.MODEL_POLL_MS,
  });
}

function userHistory(config: Config, database: BackgroundDatabase, logger: Logger): UserHistory {
  const { weights } = config.data;
  const types = Object.keys(weights);
  return new UserHistory({
    historyOf: async (userId, limit) => {
      const events = await database.events.historyOf(userId, types, limit);
      return events.map(({ itemId, type, timestampMs }) => ({
        itemId,
        weight: weights[type]!,
        timestampMs,
      }));
    },
    logger,
    now: Date.now,
    ...USER_HISTORY_LIMITS,
  });
}
