import {
  describeDetails,
  type RunConfig,
  resolveRunConfig,
  SommelierError,
  type TrainingRun,
  type TrainingRunRequest,
  trainingRunRequestSchema,
  trainingRunsQueryShape,
  zodDetails,
} from '@sommelier/contracts';
import { cancelTrainingRun, submitTrainingRun } from '@sommelier/platform';
import { type Request, Router } from 'express';
import { z } from 'zod';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { requestIdOf } from '../http/problem-response.ts';
import { parseParameters, queryParameters } from '../http/query.ts';
import { textQuery } from '../http/text-query.ts';

const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a text has the form of a run's id: another one is not worth a question. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

const listQuery = textQuery(trainingRunsQueryShape);

/** Training runs: start one, list them, look at one, cancel one. */
export function trainingRunRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/training-runs')
    .get(async (request, response) => {
      const { limit, status } = parseParameters(listQuery, queryParameters(request.originalUrl));
      const runs = await parts.database.trainingRuns.list({
        limit,
        ...(status !== undefined && { status }),
      });
      response.json({ runs });
    })
    .post(jsonBody, async (request, response) => {
      const { priority, ...overrides } = parseBody(trainingRunRequestSchema, request);
      const config = requestedConfig(parts, overrides);
      const { run, created } = await submitTraced(parts, request, { request: config, priority });
      const about = { requestId: requestIdOf(request), runId: run.id, created };
      parts.logger.info(about, 'a training run was asked for');
      logForced(parts, request, run);
      response
        .status(202)
        .location(`/v1/training-runs/${run.id}`)
        .json({ ...run, coalesced: !created });
    })
    .all(onlyMethods('GET', 'HEAD', 'POST'));
  router
    .route('/v1/training-runs/:id')
    .get(async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { id } = request.params;
      const run = isRunId(id) ? await parts.database.trainingRuns.get(id) : undefined;
      if (run === undefined) throw new SommelierError('run-not-found', `There is no training run ${id}.`);
      response.json(run);
    })
    .delete(async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      const { id: runId } = request.params;
      if (!isRunId(runId)) throw new SommelierError('run-not-found', `There is no training run ${runId}.`);
      const { database, queue, logger } = parts;
      response.json(await cancelTrainingRun({ database, queue, logger, runId, nowMs: Date.now() }));
    })
    .all(onlyMethods('GET', 'HEAD', 'DELETE'));
  return router;
}

/** Starts or joins a run in a span of its own, whose trace goes on in the worker: the run's row carries it there. */
async function submitTraced(
  { database, queue, tracing }: ApiParts,
  request: Request,
  asked: { request: RunConfig; priority: number | undefined },
): Promise<{ run: TrainingRun; created: boolean }> {
  const span = tracing.start({
    name: 'POST /v1/training-runs',
    kind: 'server',
    parent: request.get('traceparent'),
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/training-runs',
      'sommelier.request.id': requestIdOf(request),
    },
  });
  try {
    const { traceparent } = span;
    const submitted = await submitTrainingRun({ database, queue, ...asked, traceparent, nowMs: Date.now() });
    const { run, created } = submitted;
    span.set({
      'http.response.status_code': 202,
      'sommelier.run.id': run.id,
      'sommelier.run.coalesced': !created,
    });
    span.end();
    return submitted;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}

/** Who lets a model through that may be bad: nobody should have to guess afterwards. */
function logForced({ logger }: ApiParts, request: Request, { id, request: { force } }: TrainingRun): void {
  if (force === undefined) return;
  const who = { requestId: requestIdOf(request), address: request.ip, runId: id, force };
  logger.warn(who, 'a training run was requested whose model is to be served even if the gate rejects it');
}

/**
 * The server's configuration with what a body overrides.
 * @throws SommelierError `invalid-config`
 */
export function requestedConfig(parts: Pick<ApiParts, 'config'>, request: TrainingRunRequest): RunConfig {
  const resolved = resolveRunConfig(parts.config, request);
  if (resolved.success) return resolved.data;
  const details = zodDetails(resolved.error);
  throw new SommelierError(
    'invalid-config',
    `The training run cannot be configured so: ${describeDetails(details)}.`,
    { details },
  );
}
