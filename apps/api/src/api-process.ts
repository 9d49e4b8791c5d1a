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
import { openSecurity } from './security/open-security.ts';
import { ModelHolder } from './serving/model-holder.ts';
import { loadModel } from './serving/model-loader.ts';
import { pollActiveModel } from './serving/model-polling.ts';
import { DEFAULT_SCORING_LIMITS } from './serving/scoring-pool.ts';
import { USER_HISTORY_LIMITS, UserHistory } from './serving/user-history.ts';

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
 * @throws SommelierError `database-url`, `unsafe-address`; an error of Node when the address cannot be bound
 */
export async function startApi(
  environment: Environment,
  config: Config,
  logger: Logger,
): Promise<ApiProcess> {
  const database = backgroundDatabase(environment, logger);
  const security = await openSecurity({ environment, limits: config.limits, database, logger });
  const queue = createTrainingQueue(environment.REDIS_URL, environment.REDIS_PREFIX, logger);
  const models = modelHolder(environment, database, logger);
  let stopping = false;
  const app = createApp({
    config,
    logger,
    database,
    queue,
    models,
    userHistory: userHistory(config, database, logger),
    security,
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
      await security.stop();
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

function modelHolder(environment: Environment, database: BackgroundDatabase, logger: Logger): ModelHolder {
  const artifacts = openArtifactStore(environment.ARTIFACT_DIR);
  const loader = {
    artifacts,
    findVersion: async (version: string) => database.models.get(version),
    limits: { ...DEFAULT_SCORING_LIMITS, threads: environment.SCORING_THREADS },
    logger,
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
