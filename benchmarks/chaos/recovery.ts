import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from './installation.ts';
import { queueLeftovers } from './leftovers.ts';

const POLL_MS = 100;

/** Waits until all is well again; gives what is not when the time is up, or nothing. */
export async function untilRecovered(installation: Installation, timeoutMs: number): Promise<string[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const missing = await whatIsMissing(installation);
    if (missing.length === 0 || Date.now() > deadline) return missing;
    await sleep(POLL_MS);
  }
}

/** Why the installation is not as it should be: asked in the order in which things come back. */
async function whatIsMissing(installation: Installation): Promise<string[]> {
  const { workers, replicas } = installation;
  const down = [...workers, ...replicas].filter(({ isUp }) => !isUp).map(({ name }) => `${name} is not up`);
  if (down.length > 0) return down;
  try {
    const inQueue = await queueLeftovers(installation.redis, installation.prefix);
    if (inQueue.length > 0) return inQueue;
    const unended = (await installation.queries.runs()).filter(({ finishedAtMs }) => finishedAtMs === null);
    if (unended.length > 0) return unended.map(({ id, status }) => `run ${id} is ${status}`);
    return (await Promise.all(replicas.map((_, k) => whyNotWell(installation, k)))).flat();
  } catch (error) {
    return [`the servers cannot be asked: ${(error as Error).message}`];
  }
}

async function whyNotWell(installation: Installation, replica: number): Promise<string[]> {
  const { name } = installation.replicas[replica]!;
  const active = await installation.database.models.active();
  const { status, model, database, redis, catalogue } = await installation.readiness(replica);
  const reasons = {
    'is not ready': status !== 'ready',
    'has no database': !database.ok,
    'has no Redis': !redis.ok,
    'has no catalogue': !catalogue.loaded || catalogue.lastError !== null,
    'could not load a model': model.lastReloadError !== null,
    'serves another model': model.version !== active?.version || model.generation !== active?.generation,
  };
  return Object.entries(reasons).flatMap(([reason, holds]) => (holds ? [`${name} ${reason}`] : []));
}
