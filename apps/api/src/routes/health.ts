import type { Readiness } from '@sommelier/contracts';
import { within } from '@sommelier/platform';
import { Router } from 'express';
import type { ApiParts } from '../api-parts.ts';
import { onlyMethods } from '../http/methods.ts';
import { publicError } from '../http/public-message.ts';

const PROBE_TIMEOUT_MS = 500;

interface DependencyState {
  readonly ok: boolean;
  readonly code?: string;
  readonly error?: string;
}

/** `/healthz`: the process is alive. `/readyz`: it has a model to serve, and what else it can reach. */
export function healthRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/healthz')
    .get((_request, response) => {
      response.json({ status: 'ok' });
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (_request, response) => {
      const [database, redis] = await Promise.all([
        stateOf(() => parts.database.ping()),
        stateOf(() => parts.queue.ping()),
      ]);
      const serving = parts.models.status();
      // A replica with a model serves on without database and Redis, so those do not make it unready.
      const ready = serving.version !== null && !parts.isStopping();
      const status = ready ? 'ready' : 'not-ready';
      const body: Readiness = {
        status,
        model: serving,
        database,
        redis,
        catalogue: parts.catalogueUpdates.status(),
      };
      response.status(ready ? 200 : 503).json(body);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

async function stateOf(probe: () => Promise<void>): Promise<DependencyState> {
  const late = new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`);
  try {
    await within(probe(), PROBE_TIMEOUT_MS, () => late);
    return { ok: true };
  } catch (error) {
    if (error === late) return { ok: false, error: late.message };
    const { code, message } = publicError(error);
    return { ok: false, code, error: message };
  }
}
