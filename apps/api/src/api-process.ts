import { randomUUID } from 'node:crypto';
import { type ActiveModel, type Config, type ModelReady, SommelierError } from '@sommelier/contracts';
import {
  createScheduleQueue,
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
import { holdReplicaLease } from './replica-lease.ts';
import { ModelHolder } from './serving/model-holder.ts';
import { loadModel, type ModelLoaderParts } from './serving/model-loader.ts';
import { pollActiveModel } from './serving/model-polling.ts';
import { DEFAULT_SCORING_LIMITS } from './serving/scoring-pool.ts';
import { USER_HISTORY_LIMITS, UserHistory } from './serving/user-history.ts';

/** Requests in flight get this long to end when the process is asked to stop. */
const REQUEST_GRACE_MS = 8_000;
/** A model that takes longer to verify is not activated by hand. */
const CHECK_TIMEOUT_MS = 120_000;

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
  const scheduleQueue = createScheduleQueue(environment.REDIS_URL, environment.REDIS_PREFIX, logger);
  const loader = modelLoader(environment, database, logger);
  const models = modelHolder(environment, database, loader);
  let stopping = false;
  const app = createApp({
    config,
    logger,
    database,
    queue,
    scheduleQueue,
    checkModel: oneAtATime((version) => checkModel(loader, version)),
    announceModel: (active, sha256) => queue.announceModel(modelReadyOf(active, sha256)),
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
  const lease = holdReplicaLease({
    database,
    replicaId: randomUUID(),
    status: () => models.status(),
    logger,
    nowMs: Date.now,
  });
  return {
    host: server.host,
    port: server.port,
    stop: async () => {
      stopping = true;
      await server.stop(REQUEST_GRACE_MS);
      await Promise.all([subscription.close(), polling.stop()]);
      await models.close();
      await lease.release();
      await Promise.all([queue.close(), scheduleQueue.close(), database.close()]);
    },
  };
}

function backgroundDatabase(environment: Environment, logger: Logger): BackgroundDatabase {
  const url = environment.DATABASE_URL;
  // An address that can never work ends the start; a server that is away does not.
  const { provider } = parseDatabaseUrl(url);
  return new BackgroundDatabase(provider, () => openDatabase({ url }), logger);
}

function modelLoader(
  environment: Environment,
  database: BackgroundDatabase,
  logger: Logger,
): ModelLoaderParts {
  const artifacts = openArtifactStore(environment.ARTIFACT_DIR);
  return {
    artifacts,
    findVersion: async (version: string) => database.models.get(version),
    limits: { ...DEFAULT_SCORING_LIMITS, threads: environment.SCORING_THREADS },
    logger,
  };
}

/** As for serving, on one thread, beside the model that serves. */
async function checkModel(loader: ModelLoaderParts, version: string): Promise<void> {
  const limits = { ...loader.limits, threads: 1 };
  const nobody = { version, generation: 1, activatedBy: '', activatedAtMs: 0 };
  const model = await loadModel({ ...loader, limits }, nobody, AbortSignal.timeout(CHECK_TIMEOUT_MS));
  await model.close();
}

/** A check takes as much memory as a model. */
function oneAtATime(check: (version: string) => Promise<void>): (version: string) => Promise<void> {
  let busy = false;
  return async (version) => {
    if (busy)
      throw new SommelierError('overloaded', 'Another model is being checked: try again in a moment.');
    busy = true;
    try {
      await check(version);
    } finally {
      busy = false;
    }
  };
}

function modelReadyOf({ generation, version, activatedAtMs }: ActiveModel, sha256: string): ModelReady {
  return { schemaVersion: 1, generation, version, sha256, publishedAt: activatedAtMs };
}

function modelHolder(
  environment: Environment,
  database: BackgroundDatabase,
  loader: ModelLoaderParts,
): ModelHolder {
  return new ModelHolder({
    readActive: async () => database.models.active(),
    load: (active, signal) => loadModel(loader, active, signal),
    logger: loader.logger,
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
