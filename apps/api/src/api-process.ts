import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { ActiveModel, Config, ModelReady } from '@sommelier/contracts';
import {
  createErasureQueue,
  createScheduleQueue,
  createTrainingQueue,
  type Environment,
  type Logger,
  openDatabase,
  openTracing,
  parseDatabaseUrl,
  subscribeModelReady,
} from '@sommelier/platform';
import type { ApiParts } from './api-parts.ts';
import { createApp } from './app.ts';
import { BackgroundDatabase } from './background-database.ts';
import { followShop } from './changes/followed-shop.ts';
import { hotRoute } from './http/hot-route.ts';
import { listen } from './http-server.ts';
import { createApiMetrics } from './metrics/api-metrics.ts';
import { watchReplica } from './metrics/watch-replica.ts';
import { watchSystem } from './metrics/watch-system.ts';
import { holdReplicaLease } from './replica-lease.ts';
import { userRecommendations } from './routes/recommendations.ts';
import { RunStreams } from './runs/run-streams.ts';
import { RunWatcher } from './runs/run-watcher.ts';
import { openSecurity } from './security/open-security.ts';
import { AnswerCache } from './serving/answers/answer-cache.ts';
import { ErasedUsers } from './serving/model/erased-users.ts';
import { serveModels } from './serving/model/serve-models.ts';

/** How often the row of a run that somebody follows is looked at; a worker writes it at most once a second. */
const FOLLOW_POLL_MS = 500;
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
  const { REDIS_URL: redisUrl, REDIS_PREFIX: prefix } = environment;
  const database = backgroundDatabase(environment, logger);
  const security = await openSecurity({ environment, limits: config.limits, database, logger });
  const metrics = createApiMetrics(environment.CODE_REVISION);
  const tracing = await openTracing('sommelier-api', environment, logger);
  const queue = createTrainingQueue(redisUrl, prefix, logger);
  const scheduleQueue = createScheduleQueue(redisUrl, prefix, logger);
  const erasureQueue = createErasureQueue(redisUrl, prefix, logger);
  const erasedUsers = new ErasedUsers({ readAfter: async (id) => database.erasures.after(id), logger });
  const { stop: stopFollowing, ...shop } = followShop({
    ...{ environment, config, database, logger },
    erasedUsers,
  });
  const { stop: stopServing, ...served } = serveModels({
    environment,
    database,
    catalogue: shop.catalogue,
    erasedUsers,
    observer: metrics.reloads,
    tracing,
    logger,
  });
  const runStreams = followableRuns(database, logger);
  let stopping = false;
  const parts: ApiParts = {
    config,
    logger,
    database,
    queue,
    scheduleQueue,
    erasureQueue,
    ...shop,
    ...served,
    announceModel: (active, sha256) => queue.announceModel(modelReadyOf(active, sha256)),
    scoringThreads: environment.SCORING_THREADS,
    security,
    metrics,
    tracing,
    runStreams,
    isStopping: () => stopping,
  };
  watchReplica(metrics.registry, parts);
  watchSystem(metrics.registry, parts);
  const server = await listen(inFront(parts, createApp(parts)), environment.HOST, environment.PORT);
  const { models } = served;
  const subscription = subscribeModelReady({
    ...{ redisUrl, prefix, logger },
    onHint: () => void models.refresh(),
  });
  const lease = holdReplicaLease({
    database,
    replicaId: randomUUID(),
    status: () => models.status(),
    logger,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  return {
    host: server.host,
    port: server.port,
    stop: async () => {
      stopping = true;
      runStreams.close();
      await server.stop(REQUEST_GRACE_MS);
      erasedUsers.stop();
      await Promise.all([subscription.close(), stopFollowing(), stopServing()]);
      await Promise.all([lease.release(), security.stop()]);
      await Promise.all([queue.close(), scheduleQueue.close(), erasureQueue.close()]);
      await Promise.all([database.close(), tracing.close()]);
    },
  };
}

/** What is asked for most is answered before it comes to the application. */
function inFront(parts: ApiParts, app: RequestListener): RequestListener {
  const { models, userHistory, catalogue, security, metrics, logger, isStopping } = parts;
  const answers = new AnswerCache({
    generation: () => models.generation,
    history: (userId) => userHistory.peek(userId),
    catalogue: () => catalogue.revision,
  });
  const recommend = userRecommendations(parts);
  return hotRoute({ recommend, answers, access: security.access, metrics, logger, isStopping }, app);
}

function followableRuns(database: BackgroundDatabase, logger: Logger): RunStreams {
  const read = async (runId: string) => database.trainingRuns.get(runId);
  return new RunStreams(new RunWatcher({ read, logger, pollMs: FOLLOW_POLL_MS }));
}

function backgroundDatabase(environment: Environment, logger: Logger): BackgroundDatabase {
  const url = environment.DATABASE_URL;
  // An address that can never work ends the start; a server that is away does not.
  const { provider } = parseDatabaseUrl(url);
  return new BackgroundDatabase(provider, () => openDatabase({ url, durable: true }), logger);
}

function modelReadyOf({ generation, version, activatedAtMs }: ActiveModel, sha256: string): ModelReady {
  return { schemaVersion: 1, generation, version, sha256, publishedAt: activatedAtMs };
}
