export {
  checkpointKey,
  checkpointPrefix,
  manifestKey,
  modelKey,
  runOfCheckpoint,
  snapshotKey,
} from './artifacts/artifact-keys.ts';
export type { ArtifactStore } from './artifacts/artifact-store.ts';
export { openArtifactStore, removeTemporaryFiles } from './artifacts/folder-artifact-store.ts';
export { readConfigFile } from './config/config-file.ts';
export { type Environment, readEnvironment } from './config/environment.ts';
export type * from './database/database.ts';
export { ALL_SUBJECTS } from './database/database.ts';
export {
  type DatabaseAddress,
  describeAddress,
  type MysqlAddress,
  parseDatabaseUrl,
} from './database/database-url.ts';
export { erasedUserOf } from './database/erased-subject.ts';
export { eventProblem } from './database/event-problem.ts';
export { migrateDatabase } from './database/migrations/migrate-database.ts';
export { connectMysql } from './database/mysql-connection.ts';
export { openDatabase } from './database/open-database.ts';
export type { Supersession, SupersessionOutcome } from './database/supersede-model.ts';
export { userHash } from './database/user-hash.ts';
export { createLogger, type Logger } from './logger.ts';
export { DurationHistogram } from './metrics/duration-histogram.ts';
export { createMetricsRegistry } from './metrics/metrics-registry.ts';
export { counterOf, gaugeOf, gaugesOf } from './metrics/read-at-scrape.ts';
export { type ReadingTerms, recentReading } from './metrics/recent-reading.ts';
export { registerSamples, type Sample } from './metrics/register-samples.ts';
export { cancelTrainingRun } from './queue/cancel-training-run.ts';
export { nextTimes } from './queue/cron.ts';
export { createErasureQueue, type ErasureQueue } from './queue/erasure-queue.ts';
export { modelReadyChannel, publishModelReady, subscribeModelReady } from './queue/model-ready.ts';
export { subscribeRunCancelled } from './queue/run-cancelled.ts';
export { createScheduleQueue, type ScheduleQueue } from './queue/schedule-queue.ts';
export { submitTrainingRun } from './queue/submit-training-run.ts';
export {
  jobProgress,
  MAX_JOB_LOG_LINES,
  TRAINING_ATTEMPTS,
  type TrainingJobProgress,
  trainingJobId,
} from './queue/training-job.ts';
export { createTrainingQueue, type TrainingQueue } from './queue/training-queue.ts';
export { within } from './queue/within.ts';
export {
  type ChangesPublisher,
  createChangesPublisher,
  subscribeChanges,
} from './redis/changes-channel.ts';
export type { Subscription } from './redis/channel.ts';
export { connectRedis, type RedisRole } from './redis/connection.ts';
export { hashOfToken, idOfToken, newApiKey } from './security/api-key-token.ts';
export { createApiKey } from './security/create-api-key.ts';
export { isLoopback } from './security/loopback.ts';
export { createRedaction, type Redact, redactApiKeys } from './security/redaction.ts';
export { NO_TRACING, openTracing, type Span, type SpanStart, type Tracing } from './tracing/tracing.ts';
