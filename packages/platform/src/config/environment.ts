import { describeDetails, ENGINE_NAMES, SommelierError, zodDetails } from '@sommelier/contracts';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const optionalText = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value === '' ? undefined : value));

/** Addresses, secrets and limits of the process: everything that differs from machine to machine. */
export const environmentSchema = z.object({
  /** `mysql://user:password@host:3306/database` or `file:PATH` (SQLite). */
  DATABASE_URL: z.string().min(1).default('file:.sommelier/sommelier.db'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
    .default('redis://127.0.0.1:6379'),
  /** Folder of the artifact store, shared by workers and replicas. */
  ARTIFACT_DIR: z.string().min(1).default('.sommelier/artifacts'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  /** Engine of the worker: `auto` picks the fastest that works and says why. */
  ENGINE: z.enum(ENGINE_NAMES).default('auto'),
  /** Threads that train together on a CPU; as many as there are processors, and at most 8, unless set. */
  ENGINE_THREADS: z.coerce.number().int().min(1).max(64).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Login of the job board; without a password the board is closed. */
  ADMIN_USER: z.string().min(1).default('admin'),
  ADMIN_PASSWORD: optionalText,
  /** A key of the API with every role, beside those in the database: how an installation gets its first one. */
  API_KEY: optionalText.pipe(
    z
      .string()
      .regex(/^[A-Za-z0-9._~+/=-]{32,512}$/, 'must have 32 to 512 letters, digits or . _ ~ + / = -')
      .optional(),
  ),
  /** Path of the configuration file. */
  SOMMELIER_CONFIG: z.string().min(1).default('sommelier.config.json'),
  /** Prefix of every key in Redis, so that installations can share one server. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('sommelier'),
  /** How often a replica re-reads which model is active, whatever messages it got. */
  MODEL_POLL_MS: z.coerce.number().int().min(50).max(3_600_000).default(2_000),
  /** How often a replica reads the log of changes, whatever messages it got. */
  CHANGES_POLL_MS: z.coerce.number().int().min(50).max(2_000).default(500),
  /** How long a worker may hold a job without renewing its lock. */
  JOB_LOCK_MS: z.coerce.number().int().min(1_000).max(600_000).default(20_000),
  /** Threads that score requests in an API process. */
  SCORING_THREADS: z.coerce.number().int().min(1).max(64).default(1),
  /** Where a worker serves its metrics; without a port it serves none. */
  WORKER_METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  WORKER_METRICS_PORT: z.preprocess((value) => (value === '' ? undefined : value), port.optional()),
  /** Collector of traces (OTLP over HTTP), before `/v1/traces`; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalText.pipe(z.url({ protocol: /^https?$/ }).optional()),
  /** Commit of the running code, for the manifest. */
  CODE_REVISION: z.string().min(1).default('unknown'),
});
export type Environment = z.infer<typeof environmentSchema>;

/**
 * Reads and checks the environment; every problem is listed at once.
 * @throws SommelierError `invalid-config`
 */
export function readEnvironment(source: Record<string, string | undefined> = process.env): Environment {
  const parsed = environmentSchema.safeParse(source);
  if (parsed.success) return parsed.data;
  const details = zodDetails(parsed.error);
  throw new SommelierError('invalid-config', `The environment is not valid: ${describeDetails(details)}`, {
    details,
  });
}
