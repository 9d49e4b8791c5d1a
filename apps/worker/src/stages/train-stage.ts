import type { Manifest, Metrics } from '@sommelier/contracts';
import { collectGarbage, type NeuMFParameters, sha256Hex } from '@sommelier/ncf';
import {
  type Checkpoints,
  chooseEngine,
  createEngine,
  describeEngine,
  type EngineChoice,
  type TrainModelProgress,
  trainModel,
  type WarmStart,
} from '@sommelier/ncf/training';
import type { ArtifactStore } from '@sommelier/platform';
import { openCheckpoints } from '../checkpoints/attempt-checkpoints.ts';
import type { TrainingOrder } from '../thread/thread-messages.ts';
import type { PreparedData, Report } from './prepare-stage.ts';

const REPORT_EVERY_MS = 100;

export interface Training {
  readonly parameters: NeuMFParameters;
  readonly metrics: Metrics;
  readonly engine: Manifest['engine'];
  readonly warmStart: string | null;
}

/**
 * Looks for the number of epochs, evaluates, judges, and trains the model to publish, on the engine that is chosen here.
 * @throws SommelierError `engine-unavailable`, `too-few-interactions`, `training-diverged`
 */
export async function trainStage(work: {
  data: PreparedData;
  warmStart: WarmStart | undefined;
  order: TrainingOrder;
  artifacts: ArtifactStore;
  report: Report;
}): Promise<Training> {
  const { data, warmStart, order, report } = work;
  const { engineThreads: threads, engineBuild: build } = order;
  const choice = await chooseEngine(order.engine, { threads, build });
  report({ type: 'log', line: `Computing on ${describeEngine(choice)}: ${choice.reason}` });
  report({ type: 'step', step: 'search', message: MESSAGES.search });
  const reporter = trainingReporter(report);
  const training = await trainModel({
    interactions: data.interactions,
    config: order.request,
    createEngine: (pairs, settings) => createEngine(choice, pairs, settings),
    pretraining: choice,
    onEngineGone: collectGarbage,
    gate: data.gate,
    warmStart,
    onProgress: reporter.onProgress,
    checkpoints: await checkpointsOf(work, choice),
  });
  reporter.end();
  return { ...training, warmStart: warmStart?.version ?? null };
}

function checkpointsOf(
  { data, warmStart, order, artifacts, report }: Parameters<typeof trainStage>[0],
  choice: EngineChoice,
): Promise<Checkpoints> {
  const { runId, attempt, request, codeRevision } = order;
  const origin = {
    snapshotSha256: data.snapshotSha256,
    configSha256: sha256Hex(new TextEncoder().encode(JSON.stringify(request))),
    // The kernel computes the pre-training whatever the engine.
    engine: `${describeEngine(choice)}; pre-training ${choice.build}`,
    codeRevision,
    warmStart: warmStart?.version ?? null,
  };
  const log = (line: string): void => report({ type: 'log', line });
  const nowMs = () => performance.now();
  return openCheckpoints({ artifacts, runId, attempt, origin, everyMs: order.checkpointMs, log, nowMs });
}

/**
 * Turns the positions of a training into messages: at most ten a second, a step where another part begins, and an
 * epoch when it is over, with its last position.
 */
function trainingReporter(report: Report): {
  onProgress: (position: TrainModelProgress) => void;
  end: () => void;
} {
  let last: TrainModelProgress | undefined;
  let step: Part = 'search';
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  const end = (): void => {
    if (last?.stage === 'train') report({ type: 'epoch', position: last });
  };
  return {
    end,
    onProgress(position) {
      const isNext = last === undefined || partOf(last) !== partOf(position) || last.epoch !== position.epoch;
      if (isNext) end();
      if (partOf(position) !== step) {
        step = partOf(position);
        report({ type: 'step', step, message: MESSAGES[step] });
      }
      last = position;
      const nowMs = performance.now();
      if (!isNext && position.samples < position.totalSamples && nowMs - reportedAtMs < REPORT_EVERY_MS)
        return;
      reportedAtMs = nowMs;
      report({ type: 'training', position });
    },
  };
}

type Part = 'search' | 'evaluate' | 'gate' | 'refit';

const MESSAGES: Record<Part, string> = {
  search: 'Looking for the number of epochs',
  evaluate: 'Evaluating',
  gate: 'Comparing with the model that is served',
  refit: 'Training the model to publish',
};

function partOf({ stage, phase }: TrainModelProgress): Part {
  if (stage === 'evaluate') return 'evaluate';
  return phase === 'twin' ? 'gate' : phase;
}
