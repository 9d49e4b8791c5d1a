export type { ArtifactStore } from './artifacts/artifact-store.ts';
export { readConfigFile } from './config/config-file.ts';
export { type Environment, readEnvironment } from './config/environment.ts';
export type * from './database/database.ts';
export { createLogger, type Logger } from './logger.ts';
export { connectRedis, type RedisRole } from './redis/connection.ts';
