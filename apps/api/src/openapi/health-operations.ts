import { healthSchema, readinessSchema } from '@sommelier/contracts';
import { z } from 'zod';
import type { Operation } from './operation.ts';

const SERVING = {
  version: '20260101T120000Z-0123456789ab',
  generation: 3,
  loadedAtMs: 1_767_268_800_000,
  lastReloadError: null,
};
const NOTHING = { version: null, generation: null, loadedAtMs: null, lastReloadError: null };
const OK = { ok: true };
const CATALOGUE = { loaded: true, items: 20_000, revision: 12, lastError: null };

const health: Operation = {
  id: 'health',
  method: 'get',
  path: '/healthz',
  tag: 'Health',
  summary: 'The process is alive',
  description: 'Restart it when it does not answer with 200.',
  answers: [{ status: 200, description: 'It is alive.', schema: healthSchema, example: { status: 'ok' } }],
  errors: [],
  example: {},
};

const readiness: Operation = {
  id: 'readiness',
  method: 'get',
  path: '/readyz',
  tag: 'Health',
  summary: 'The replica can serve',
  description:
    'Send it requests only when it answers with 200: then it has a model and is not about to stop. It serves from memory, so a database or Redis that is away does not make it unready.',
  answers: [
    {
      status: 200,
      description: 'It can serve.',
      schema: readinessSchema,
      example: { status: 'ready', model: SERVING, database: OK, redis: OK, catalogue: CATALOGUE },
    },
    {
      status: 503,
      description: 'It has no model yet, or is about to stop.',
      schema: readinessSchema,
      example: { status: 'not-ready', model: NOTHING, database: OK, redis: OK, catalogue: CATALOGUE },
    },
  ],
  errors: [],
  example: {},
};

const metrics: Operation = {
  id: 'metrics',
  method: 'get',
  path: '/metrics',
  tag: 'Health',
  summary: 'What Prometheus scrapes',
  description:
    'Requests, answers, the model, the queue and the process in the text format of Prometheus. What does not answer within a second, such as a Redis that is away, is missing. The page on observability lists every metric.',
  answers: [
    {
      status: 200,
      description: 'All metrics of this replica.',
      mediaType: 'text/plain',
      schema: z.string(),
      example: '# HELP sommelier_model_generation Generation that this replica serves; 0 without a model.\n',
    },
  ],
  errors: [],
  example: {},
};

/** What a load balancer, a supervisor and Prometheus ask. */
export const healthOperations: readonly Operation[] = [health, readiness, metrics];
