import {
  activationRequestSchema,
  type Lineage,
  type ModelDetail,
  type Models,
  type ModelVersion,
  modelsQueryShape,
  SommelierError,
  verificationRequestSchema,
  versionSchema,
} from '@sommelier/contracts';
import { submitTrainingRun } from '@sommelier/platform';
import { Router } from 'express';
import { z } from 'zod';
import { activateModel } from '../activate-model.ts';
import type { ApiParts } from '../api-parts.ts';
import { jsonBody, parseBody } from '../http/json-body.ts';
import { onlyMethods } from '../http/methods.ts';
import { parseParameters, queryParameters } from '../http/query.ts';
import { textQuery } from '../http/text-query.ts';

const MAX_ACTIVATIONS = 100;
const nothing = z.strictObject({});
const listQuery = textQuery(modelsQueryShape);

/** Model versions, which of them is active, and what can be done with one: activate it, keep its files, train it again. */
export function modelRoutes(parts: ApiParts): Router {
  const router = Router();
  router
    .route('/v1/models')
    .get(async (request, response) => {
      const { limit } = parseParameters(listQuery, queryParameters(request.originalUrl));
      const [models, active] = await Promise.all([
        parts.database.models.list({ limit }),
        parts.database.models.active(),
      ]);
      const body: Models = { serving: parts.models.status(), active: active ?? null, models };
      response.json(body);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/v1/models/:version')
    .get(async (request, response) => {
      parseParameters(z.strictObject({}), queryParameters(request.originalUrl));
      response.json(await modelDetail(parts, request.params.version));
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/v1/models/:version/activate')
    .post(jsonBody, async (request, response) => {
      const { version } = await foundModel(parts, request.params.version);
      response.json(await activateModel(parts, version, parseBody(activationRequestSchema, request)));
    })
    .all(onlyMethods('POST'));
  router
    .route('/v1/models/:version/verify')
    .post(jsonBody, async (request, response) => {
      const { priority } = parseBody(verificationRequestSchema, request);
      const { version, manifest } = await foundModel(parts, request.params.version);
      const { database, queue } = parts;
      const submission = { database, queue, request: manifest.config, priority, verifies: version };
      const { run, created } = await submitTrainingRun({ ...submission, nowMs: Date.now() });
      response
        .status(202)
        .location(`/v1/training-runs/${run.id}`)
        .json({ ...run, coalesced: !created });
    })
    .all(onlyMethods('POST'));
  for (const [action, pinned] of [
    ['pin', true],
    ['unpin', false],
  ] as const) {
    router
      .route(`/v1/models/:version/${action}`)
      .post(jsonBody, async (request, response) => {
        parseBody(nothing, request);
        const { version } = await foundModel(parts, request.params.version);
        await parts.database.models.setPinned(version, pinned);
        response.json(await modelDetail(parts, version));
      })
      .all(onlyMethods('POST'));
  }
  return router;
}

async function foundModel(parts: ApiParts, version: string): Promise<ModelVersion> {
  const isVersion = versionSchema.safeParse(version).success;
  const model = isVersion ? await parts.database.models.get(version) : undefined;
  if (model === undefined) throw new SommelierError('model-not-found', `There is no model ${version}.`);
  return model;
}

/** A version with where it comes from and when it was active. */
async function modelDetail(parts: ApiParts, version: string): Promise<ModelDetail> {
  const model = await foundModel(parts, version);
  const activations = await parts.database.models.activations({ version, limit: MAX_ACTIVATIONS });
  return { ...model, lineage: lineageOf(model), activations };
}

function lineageOf({ runId, manifest }: ModelVersion): Lineage {
  const { snapshotSha256, trainedUntilMs, config, codeRevision, engine, trainingSeconds } = manifest;
  return {
    runId,
    snapshotSha256,
    trainedUntilMs,
    seed: config.training.seed,
    codeRevision,
    engine,
    fileSha256: manifest.file.sha256,
    warmStart: manifest.warmStart ?? null,
    trainingSeconds,
    cpuSeconds: manifest.cpuSeconds ?? null,
    successorOf: manifest.successorOf ?? null,
  };
}
