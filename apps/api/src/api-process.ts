import { randomUUID } from 'node:crypto';
import { type ActiveModel, type Config, type ModelReady, SommelierError } from '@sommelier/contracts';
import {
  createChangesPublisher,
  createScheduleQueue,
  createTrainingQueue,
  type Environment,
  type Logger,
  openArtifactStore,
  openDatabase,
  parseDatabaseUrl,
  subscribeChanges,
  subscribeModelReady,
} from '@sommelier/platform';
import type { ApiParts } from './api-parts.ts';
import { createApp } from './app.ts';
import { BackgroundDatabase } from './background-database.ts';
import { CatalogueUpdates } from './catalogue/catalogue-updates.ts';
import { ItemCatalogue } from './catalogue/item-catalogue.ts';
import { ChangeAnnouncer } from './changes/change-announcer.ts';
import { ChangeFollower } from './changes/change-follower.ts';
import type { ChangeHandlers } from './changes/change-handlers.ts';
import { hotRoute } from './http/hot-route.ts';
import { listen } from './http-server.ts';
import { holdReplicaLease } from './replica-lease.ts';
import { userRecommendations } from './routes/recommendations.ts';
import { openSecurity } from './security/open-security.ts';
import { AnswerCache } from './serving/answer-cache.ts';
import { boundToCatalogue } from './serving/bound-to-catalogue.ts';
import { ModelHolder } from './serving/model-holder.ts';
import { LOADING_THREAD, loadModel, type ModelLoaderParts, SCORING_THREAD } from './serving/model-loader.ts';
import { pollActiveModel } from './serving/model-polling.ts';
import { ModelPreparer } from './serving/model-preparer.ts';
import { DEFAULT_SCORING_LIMITS, ScoringPool } from './serving/scoring-pool.ts';
import { type HistoryEvent, USER_HISTORY_LIMITS, UserHistory } from './serving/user-history.ts';

/** Time that a model has to be verified, by a thread that gives way to all others. */
const MODEL_LOAD_TIMEOUT_MS = 300_000;
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
  const scheduleQueue = createScheduleQueue(environment.REDIS_URL, environment.REDIS_PREFIX, logger);
  const catalogue = itemCatalogue(database);
  const catalogueUpdates = new CatalogueUpdates({ catalogue, logger, now: Date.now });
  const limits = { ...DEFAULT_SCORING_LIMITS, threads: environment.SCORING_THREADS };
  const pool = new ScoringPool(SCORING_THREAD, limits, logger);
  const preparer = new ModelPreparer(LOADING_THREAD);
  const loader = modelLoader(environment, database, { pool, preparer });
  const models = modelHolder(environment, database, { loader, catalogue, logger });
  const handlers: ChangeHandlers = {
    usersChanged: (userIds) => history.usersChanged(userIds),
    itemsChanged: (itemIds) => catalogueUpdates.itemsChanged(itemIds),
    categoriesChanged: () => catalogueUpdates.categoriesChanged(),
  };
  const follower = changeFollower(environment, database, handlers, logger);
  const history = userHistory(config, database, follower, logger);
  const publisher = createChangesPublisher(environment.REDIS_URL, environment.REDIS_PREFIX, logger);
  let stopping = false;
  const isStopping = () => stopping;
  const parts: ApiParts = {
    config,
    logger,
    database,
    queue,
    scheduleQueue,
    checkModel: oneAtATime((version) => checkModel(loader, version)),
    announceModel: (active, sha256) => queue.announceModel(modelReadyOf(active, sha256)),
    models,
    userHistory: history,
    changes: new ChangeAnnouncer({ handlers, follower, publisher }),
    catalogue,
    catalogueUpdates,
    scoringThreads: environment.SCORING_THREADS,
    security,
    isStopping,
  };
  const answers = new AnswerCache({
    generation: () => models.generation,
    history: (userId) => history.peek(userId),
    catalogue: () => catalogue.revision,
  });
  const { access } = security;
  const hot = { recommend: userRecommendations(parts), answers, access, logger, isStopping };
  const server = await listen(hotRoute(hot, createApp(parts)), environment.HOST, environment.PORT);
  const polling = pollActiveModel(models, environment.MODEL_POLL_MS);
  follower.start();
  const redis = { redisUrl: environment.REDIS_URL, prefix: environment.REDIS_PREFIX, logger };
  const subscriptions = [
    subscribeModelReady({ ...redis, onHint: () => void models.refresh() }),
    subscribeChanges({ ...redis, onHint: () => follower.hint() }),
  ];
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
      await Promise.all([...subscriptions.map((one) => one.close()), polling.stop(), follower.stop()]);
      await Promise.all([models.close(), catalogueUpdates.close()]);
      await Promise.all([preparer.close(), pool.close(), lease.release(), security.stop()]);
      await Promise.all([queue.close(), scheduleQueue.close(), publisher.close(), database.close()]);
    },
  };
}

function backgroundDatabase(environment: Environment, logger: Logger): BackgroundDatabase {
  const url = environment.DATABASE_URL;
  // An address that can never work ends the start; a server that is away does not.
  const { provider } = parseDatabaseUrl(url);
  return new BackgroundDatabase(provider, () => openDatabase({ url, durable: true }), logger);
}

/** The stores of the database are looked up at each call: it may not be open yet. */
function itemCatalogue(database: BackgroundDatabase): ItemCatalogue {
  return new ItemCatalogue({
    readItemPages: () => database.items.readItemPages(),
    readCategories: async () => database.items.readCategories(),
    findItems: async (itemIds) => database.items.findItems(itemIds),
  });
}

function modelLoader(
  environment: Environment,
  database: BackgroundDatabase,
  threads: Pick<ModelLoaderParts, 'pool' | 'preparer'>,
): ModelLoaderParts {
  const artifacts = openArtifactStore(environment.ARTIFACT_DIR);
  return {
    artifacts,
    findVersion: async (version: string) => database.models.get(version),
    ...threads,
    loadTimeoutMs: MODEL_LOAD_TIMEOUT_MS,
  };
}

/** As for serving, beside the model that serves. */
async function checkModel(loader: ModelLoaderParts, version: string): Promise<void> {
  const nobody = { version, generation: 1, activatedBy: '', activatedAtMs: 0 };
  const model = await loadModel(loader, nobody, AbortSignal.timeout(CHECK_TIMEOUT_MS));
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
  { loader, catalogue, logger }: { loader: ModelLoaderParts; catalogue: ItemCatalogue; logger: Logger },
): ModelHolder {
  return new ModelHolder({
    readActive: async () => database.models.active(),
    load: async (active, signal) => boundToCatalogue(await loadModel(loader, active, signal), catalogue),
    logger,
    now: Date.now,
    retryDelayMs: environment.MODEL_POLL_MS,
  });
}

function changeFollower(
  environment: Environment,
  database: BackgroundDatabase,
  handlers: ChangeHandlers,
  logger: Logger,
): ChangeFollower {
  return new ChangeFollower({
    // Asked for each time: there is no store until the database is open.
    store: {
      newest: async (minAgeMs) => database.changes.newest(minAgeMs),
      readAfter: async (id, limit) => database.changes.readAfter(id, limit),
      between: async (fromId, toId) => database.changes.between(fromId, toId),
      prune: async (minAgeMs, maxPieces) => database.changes.prune(minAgeMs, maxPieces),
    },
    handlers,
    pollMs: environment.CHANGES_POLL_MS,
    logger,
    monotonicMs: () => performance.now(),
  });
}

function userHistory(
  config: Config,
  database: BackgroundDatabase,
  follower: ChangeFollower,
  logger: Logger,
): UserHistory {
  const { weights } = config.data;
  const types = Object.keys(weights);
  return new UserHistory({
    historiesOf: async (userIds, limit) => {
      const histories = new Map<string, HistoryEvent[]>();
      for (const [userId, events] of await database.events.historiesOf(userIds, types, limit)) {
        const weighted = events.map(({ itemId, type, timestampMs }) => ({
          itemId,
          weight: weights[type]!,
          timestampMs,
        }));
        histories.set(userId, weighted);
      }
      return histories;
    },
    isCurrent: () => follower.isCurrent(),
    logger,
    now: Date.now,
    ...USER_HISTORY_LIMITS,
  });
}
