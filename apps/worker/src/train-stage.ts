import type { Manifest, Metrics } from '@sommelier/contracts';
import type { Interactions, NeuMFParameters } from '@sommelier/ncf';
import { collectGarbage } from '@sommelier/ncf';
import {
  chooseEngine,
  createEngine,
  describeEngine,
  type GatePlan,
  type TrainModelProgress,
  trainModel,
} from '@sommelier/ncf/training';
import type { Report } from './prepare-stage.ts';
import type { TrainingOrder } from './thread-messages.ts';

const REPORT_EVERY_MS = 100;

export interface Training {
  readonly parameters: NeuMFParameters;
  readonly metrics: Metrics;
  readonly engine: Manifest['engine'];
}

/**
 * Looks for the number of epochs, evaluates, judges, and trains the model to publish, on the engine that is chosen here.
 * @throws SommelierError `engine-unavailable`, `too-few-interactions`, `training-diverged`
 */
export async function trainStage(work: {
  interactions: Interactions;
  order: TrainingOrder;
  report: Report;
  gate: GatePlan | undefined;
}): Promise<Training> {
  const { interactions, order, report, gate } = work;
  const choice = await chooseEngine(order.engine, { threads: order.engineThreads });
  report({ type: 'log', line: `Computing on ${describeEngine(choice)}: ${choice.reason}` });
  report({ type: 'step', step: 'search', message: 'Looking for the number of epochs' });
  const reporter = trainingReporter(report);
  const training = await trainModel({
    interactions,
    config: order.request,
    createEngine: (pairs, settings) => createEngine(choice, pairs, settings),
    pretraining: choice,
    onEngineGone: collectGarbage,
    gate,
    onProgress: reporter.onProgress,
  });
  reporter.end();
  return training;
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
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  const end = (): void => {
    if (last?.stage === 'train') report({ type: 'epoch', position: last });
  };
  return {
    end,
    onProgress(position) {
      const isNext = last === undefined || partOf(last) !== partOf(position) || last.epoch !== position.epoch;
      if (isNext) end();
      if (last !== undefined && partOf(last) !== partOf(position)) {
        const step = partOf(position);
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
