import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { SommelierError } from '@sommelier/contracts';
import { within } from '@sommelier/platform';
import { type RequestHandler, Router } from 'express';
import type { ApiParts } from '../api-parts.ts';

export const JOB_BOARD_PATH = '/admin/queues';
const REDIS_TIMEOUT_MS = 500;

/** Bull Board, which has no login of its own: the gate in front of all routes lets nobody unknown come here. */
export function jobBoardRoutes(parts: ApiParts): Router {
  const router = Router();
  router.use(JOB_BOARD_PATH, requireRedis(parts), jobBoard(parts));
  return router;
}

/** Commands of a queue that never had a connection would wait for one. */
function requireRedis(parts: ApiParts): RequestHandler {
  const unavailable = () => new SommelierError('queue-unavailable', 'The job board cannot reach Redis.');
  return async (_request, _response, next) => {
    try {
      await within(parts.queue.ping(), REDIS_TIMEOUT_MS, unavailable);
    } catch {
      throw unavailable();
    }
    next();
  };
}

function jobBoard(parts: ApiParts): RequestHandler {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(JOB_BOARD_PATH);
  createBullBoard({
    queues: [
      new BullMQAdapter(parts.queue.queue, {
        // The row is the truth: a job that is removed here would leave a run that is queued for ever, and a job
        // that is added here has no row at all.
        readOnlyMode: true,
        description: 'Training runs: prepare, train, evaluate, publish',
      }),
    ],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'sommelier' } },
  });
  return adapter.getRouter() as RequestHandler;
}
