import type { Database, Logger } from '@sommelier/platform';
import type { ServingStatus } from './serving/model/model-holder.ts';

const LOOK_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 20_000;
/** Longer than several renewals that fail, and than clocks differ. */
const LEASE_MS = 120_000;

/**
 * Says in the database which version this replica serves, when that changes and again and again, so that its files
 * stay. A database that is away is asked again; the model serves from memory all the same.
 */
export function holdReplicaLease(parts: {
  database: Pick<Database, 'replicaLeases'>;
  replicaId: string;
  status: () => Pick<ServingStatus, 'version' | 'generation'>;
  logger: Logger;
  nowMs: () => number;
  /** A clock that is never set: milliseconds since any moment. */
  monotonicMs: () => number;
}): { release(): Promise<void> } {
  const { database, replicaId, status, logger, nowMs, monotonicMs } = parts;
  let renewed = { version: '', generation: 0, atMs: 0 };
  let writing: Promise<void> | undefined;

  const renew = async (): Promise<void> => {
    const { version, generation } = status();
    const atMs = monotonicMs();
    if (version === null || generation === null) return;
    const isNews = version !== renewed.version || generation !== renewed.generation;
    if (!isNews && atMs - renewed.atMs < RENEW_EVERY_MS) return;
    await database.replicaLeases.renew({ replicaId, version, generation, expiresAtMs: nowMs() + LEASE_MS });
    renewed = { version, generation, atMs };
  };
  const timer = setInterval(() => {
    writing ??= renew()
      .catch((error) => logger.debug({ err: error }, 'the lease of the served model could not be renewed'))
      .finally(() => {
        writing = undefined;
      });
  }, LOOK_EVERY_MS);
  return {
    async release() {
      clearInterval(timer);
      await writing;
      // An unwritten end only means that the lease ends by itself.
      if (renewed.version === '') return;
      await Promise.resolve()
        .then(() => database.replicaLeases.release(replicaId))
        .catch(() => undefined);
    },
  };
}
