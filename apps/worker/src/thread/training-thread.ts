import { parentPort, workerData } from 'node:worker_threads';
import { isSommelierError } from '@sommelier/contracts';
import {
  collectGarbage,
  componentsOf,
  describeModelFile,
  encodeModelFile,
  makeProbes,
  modelFrom,
} from '@sommelier/ncf';
import { buildItemToItem, type Incumbent } from '@sommelier/ncf/training';
import { type ArtifactStore, openArtifactStore, openDatabase } from '@sommelier/platform';
import { loadIncumbent } from '../stages/load-incumbent.ts';
import { type PreparedData, prepareStage, type Report } from '../stages/prepare-stage.ts';
import { type Training, trainStage } from '../stages/train-stage.ts';
import { warmStartStage } from '../stages/warm-start-stage.ts';
import type { ThreadError, ThreadMessage, TrainedModel, TrainingOrder } from './thread-messages.ts';

/** Everything of a run that computes: read, prepare, train, evaluate, encode. Started by `runTrainingThread`. */
async function train(order: TrainingOrder, report: Report): Promise<TrainedModel> {
  const artifacts = openArtifactStore(order.artifactDir, { scope: order.scope });
  const incumbent = order.incumbent && (await loadIncumbent(artifacts, order.incumbent));
  const warmStart = await warmStartStage({ order, artifacts, incumbent, report });
  const data = await prepared(order, { artifacts, incumbent, report });
  collectGarbage();
  const training = await trainStage({ data, warmStart, order, artifacts, report });
  collectGarbage();
  return encode(data, training, report);
}

async function prepared(
  order: TrainingOrder,
  parts: { artifacts: ArtifactStore; incumbent: Incumbent | undefined; report: Report },
): Promise<PreparedData> {
  const database = await openDatabase({ url: order.databaseUrl });
  try {
    const { isRepetition, request, prepared: earlier } = order;
    const { events } = database;
    return await prepareStage({ ...parts, events, isRepetition, nowMs: Date.now() }, request, earlier);
  } finally {
    await database.close();
  }
}

function encode(data: PreparedData, training: Training, report: Report): TrainedModel {
  report({ type: 'step', step: 'encode', message: 'Writing the model file' });
  const { interactions, snapshotSha256, funnel, trainedUntilMs } = data;
  const { offsets, items } = interactions;
  const itemToItem = buildItemToItem({ offsets, items, itemCount: interactions.itemIds.length });
  const model = modelFrom(interactions, training.parameters, { itemToItem });
  const file = encodeModelFile(model);
  return {
    file,
    description: describeModelFile(file),
    probes: makeProbes(model),
    counts: {
      users: interactions.userIds.length,
      items: interactions.itemIds.length,
      interactions: interactions.items.length,
    },
    components: componentsOf(model),
    metrics: training.metrics,
    engine: training.engine,
    warmStart: training.warmStart,
    snapshotSha256,
    funnel,
    trainedUntilMs,
  };
}

function threadError(error: unknown): ThreadError {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: isSommelierError(error) ? error.code : undefined, message, stack };
}

const port = parentPort;
if (port === null) throw new Error('training-thread.js runs as a thread of the worker, not by itself');
const report = (message: ThreadMessage): void => port.postMessage(message);
train(workerData as TrainingOrder, report).then(
  // Handed over, not copied: a large model would be in memory twice.
  (model) =>
    port.postMessage({ type: 'trained', model } satisfies ThreadMessage, [model.file.buffer as ArrayBuffer]),
  (error) => report({ type: 'failed', error: threadError(error) }),
);
