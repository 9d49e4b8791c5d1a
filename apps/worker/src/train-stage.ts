import type { Manifest, Metrics } from '@sommelier/contracts';
import type { Interactions, NeuMFParameters } from '@sommelier/ncf';
import { chooseBackend, createTfjsEngine, trainModel } from '@sommelier/ncf/training';
import type { Report } from './prepare-stage.ts';
import type { TrainingOrder } from './thread-messages.ts';

export interface Training {
  readonly parameters: NeuMFParameters;
  readonly metrics: Metrics;
  readonly engine: Manifest['engine'];
}

/**
 * Looks for the number of epochs, evaluates, and trains the model to publish, on the engine that is chosen here.
 * @throws SommelierError `engine-unavailable`, `too-few-interactions`, `training-diverged`
 */
export async function trainStage(work: {
  interactions: Interactions;
  order: TrainingOrder;
  report: Report;
}): Promise<Training> {
  const { interactions, order, report } = work;
  const { backend, reason } = await chooseBackend(order.engine);
  report({ type: 'log', line: `Computing on ${backend}: ${reason}` });
  report({ type: 'step', step: 'search', message: 'Looking for the number of epochs' });
  throw new Error('not yet');
}
