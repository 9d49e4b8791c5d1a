import {
  activationRequestSchema,
  activeModelSchema,
  modelDetailSchema,
  modelsQueryShape,
  modelsSchema,
  runEventSchema,
  submittedRunSchema,
  trainingRunSchema,
  trainingRunsQueryShape,
  trainingRunsSchema,
  verificationRequestSchema,
  versionSchema,
} from '@sommelier/contracts';
import { z } from 'zod';
import { describedRunRequestSchema } from './described-run-request.ts';
import { EXAMPLE_ACTIVATION, EXAMPLE_MODEL, EXAMPLE_MODEL_DETAIL, EXAMPLE_RUN } from './examples.ts';
import type { Operation } from './operation.ts';

const startTraining: Operation = {
  id: 'startTraining',
  method: 'post',
  path: '/v1/training-runs',
  tag: 'Training',
  summary: 'Start a training run',
  description:
    "Puts a training run into the queue. The body overrides parts of the server's configuration for this run; without a body nothing is overridden. A run of the same configuration that is queued already is answered instead of a new one.",
  body: {
    schema: describedRunRequestSchema,
    required: false,
    example: { training: { epochs: 10 }, data: { windowDays: 30 } },
  },
  answers: [
    {
      status: 202,
      description: 'The run is queued.',
      schema: submittedRunSchema,
      example: { ...EXAMPLE_RUN, coalesced: false },
      headers: { Location: 'The address of the run.' },
    },
  ],
  errors: ['invalid-config', 'payload-too-large', 'queue-unavailable', 'database-unavailable'],
  example: {},
};

const trainingRuns: Operation = {
  id: 'trainingRuns',
  method: 'get',
  path: '/v1/training-runs',
  tag: 'Training',
  summary: 'Training runs, the newest first',
  description: 'Each with its state, its progress and what came out.',
  query: trainingRunsQueryShape,
  answers: [
    {
      status: 200,
      description: 'The newest runs.',
      schema: trainingRunsSchema,
      example: { runs: [EXAMPLE_RUN] },
    },
  ],
  errors: ['database-unavailable'],
  example: { query: { limit: 5, status: 'queued' } },
};

const trainingRun: Operation = {
  id: 'trainingRun',
  method: 'get',
  path: '/v1/training-runs/{id}',
  tag: 'Training',
  summary: 'One training run',
  description: 'Its state, and while it runs its stage and progress.',
  pathParameters: { id: z.string().min(1).max(64) },
  answers: [{ status: 200, description: 'The run.', schema: trainingRunSchema, example: EXAMPLE_RUN }],
  errors: ['run-not-found', 'database-unavailable'],
  example: { path: { id: EXAMPLE_RUN.id } },
};

const followRun: Operation = {
  id: 'followRun',
  method: 'get',
  path: '/v1/training-runs/{id}/stream',
  tag: 'Training',
  summary: 'Follow a training run',
  description:
    'Server-sent events: `status`, `stage`, `epoch`, `progress`, `metrics`, and `end` with the whole run, after which the stream ends. Each has an id; send the last one as `Last-Event-ID` to go on from there, at any replica. A comment every 15 seconds says that the stream lives. It also ends after 15 minutes, and when the replica stops: come again.',
  pathParameters: { id: z.string().min(1).max(64) },
  answers: [
    {
      status: 200,
      description: 'Events; the schema is that of the data of each, in JSON.',
      mediaType: 'text/event-stream',
      schema: runEventSchema,
      example: { type: 'epoch', phase: 'refit', epoch: 2, epochs: 3, loss: 0.31 },
    },
  ],
  errors: ['run-not-found', 'overloaded', 'database-unavailable'],
  example: { path: { id: EXAMPLE_RUN.id } },
};

const cancelTraining: Operation = {
  id: 'cancelTraining',
  method: 'delete',
  path: '/v1/training-runs/{id}',
  tag: 'Training',
  summary: 'Cancel a training run',
  description:
    'Ends a run that waits, trains or is about to publish; nothing of it stays. Cancelling again changes nothing; a run that has come to another end is refused.',
  pathParameters: { id: z.string().min(1).max(64) },
  answers: [
    {
      status: 200,
      description: 'The run is cancelled.',
      schema: trainingRunSchema,
      example: { ...EXAMPLE_RUN, status: 'cancelled', finishedAtMs: 1_767_268_100_000 },
    },
  ],
  errors: ['run-not-found', 'run-ended', 'database-unavailable'],
  example: { path: { id: EXAMPLE_RUN.id } },
};

const models: Operation = {
  id: 'models',
  method: 'get',
  path: '/v1/models',
  tag: 'Models',
  summary: 'Models, the newest first',
  description:
    'Published models, the one that every replica should serve (active), and what the replica that answers does serve (serving). The two differ for the moments of a reload, or when the active model cannot be loaded.',
  query: modelsQueryShape,
  answers: [
    {
      status: 200,
      description: 'The newest models.',
      schema: modelsSchema,
      example: {
        serving: {
          version: EXAMPLE_MODEL.version,
          generation: 3,
          loadedAtMs: 1_767_268_800_000,
          lastReloadError: null,
        },
        active: {
          version: EXAMPLE_MODEL.version,
          generation: 3,
          activatedBy: EXAMPLE_RUN.id,
          activatedAtMs: 1_767_268_799_000,
        },
        models: [EXAMPLE_MODEL],
      },
    },
  ],
  errors: ['database-unavailable'],
  example: { query: { limit: 1 } },
};

const model: Operation = {
  id: 'model',
  method: 'get',
  path: '/v1/models/{version}',
  tag: 'Models',
  summary: 'One model with its manifest',
  description:
    'Where the model comes from, what it was measured at, how to check its file, and when it was active.',
  pathParameters: { version: versionSchema },
  answers: [
    { status: 200, description: 'The model.', schema: modelDetailSchema, example: EXAMPLE_MODEL_DETAIL },
  ],
  errors: ['model-not-found', 'database-unavailable'],
  example: { path: { version: EXAMPLE_MODEL.version } },
};

const activateModel: Operation = {
  id: 'activateModel',
  method: 'post',
  path: '/v1/models/{version}/activate',
  tag: 'Models',
  summary: 'Make a model the active one',
  description:
    'Rolls back or forward: the model is verified as for serving, then activated, and every replica swaps to it.',
  pathParameters: { version: versionSchema },
  body: {
    schema: activationRequestSchema,
    required: false,
    example: { activatedBy: 'ana', expectedGeneration: 2 },
  },
  answers: [
    {
      status: 200,
      description: 'The model is active.',
      schema: activeModelSchema,
      example: EXAMPLE_ACTIVATION,
    },
  ],
  errors: [
    'model-not-found',
    'model-unusable',
    'activation-lost',
    'payload-too-large',
    'overloaded',
    'database-unavailable',
  ],
  example: { path: { version: EXAMPLE_MODEL.version } },
};

const verifyModel: Operation = {
  id: 'verifyModel',
  method: 'post',
  path: '/v1/models/{version}/verify',
  tag: 'Models',
  summary: 'Train a model again, and compare',
  description:
    'Puts a run of the kind `verify` into the queue: it trains the version again from its snapshot, with its configuration, seed, engine and number of threads, and compares bytes and metrics. Nothing is published. The outcome is in the `verification` of the run. A run for the same version that is queued already is answered instead of a new one.',
  pathParameters: { version: versionSchema },
  body: { schema: verificationRequestSchema, required: false, example: { priority: 9 } },
  answers: [
    {
      status: 202,
      description: 'The run is queued.',
      schema: submittedRunSchema,
      example: { ...EXAMPLE_RUN, kind: 'verify', verifies: EXAMPLE_MODEL.version, coalesced: false },
      headers: { Location: 'The address of the run.' },
    },
  ],
  errors: ['model-not-found', 'payload-too-large', 'queue-unavailable', 'database-unavailable'],
  example: { path: { version: EXAMPLE_MODEL.version } },
};

/** Pinning and its opposite. */
function pinning(id: string, action: 'pin' | 'unpin', summary: string, description: string): Operation {
  return {
    id,
    method: 'post',
    path: `/v1/models/{version}/${action}`,
    tag: 'Models',
    summary,
    description,
    pathParameters: { version: versionSchema },
    answers: [
      {
        status: 200,
        description: 'The model.',
        schema: modelDetailSchema,
        example: { ...EXAMPLE_MODEL_DETAIL, pinned: action === 'pin' },
      },
    ],
    errors: ['model-not-found', 'model-unusable', 'payload-too-large', 'database-unavailable'],
    example: { path: { version: EXAMPLE_MODEL.version } },
  };
}

/** Training runs and the models that come out of them. */
export const trainingOperations: readonly Operation[] = [
  startTraining,
  trainingRuns,
  trainingRun,
  followRun,
  cancelTraining,
  models,
  model,
  activateModel,
  verifyModel,
  pinning('pinModel', 'pin', "Keep a model's files", 'Its files stay, whatever its age.'),
  pinning('unpinModel', 'unpin', "Let a model's files go", 'Its files may go when it is old.'),
];
