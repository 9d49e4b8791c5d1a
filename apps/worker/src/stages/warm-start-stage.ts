import { SommelierError } from '@sommelier/contracts';
import { type Incumbent, type WarmStart, warmStartProblem } from '@sommelier/ncf/training';
import type { ArtifactStore } from '@sommelier/platform';
import type { TrainingOrder } from '../thread/thread-messages.ts';
import { loadIncumbent } from './load-incumbent.ts';
import type { Report } from './prepare-stage.ts';

/**
 * The model that the training begins from, if one was asked for and fits; if not, the log says why, and the training
 * begins from the beginning. A repetition must begin where the training that it repeats began.
 * @throws SommelierError `model-unusable` for a repetition whose model is gone or damaged, `artifact-store`
 */
export async function warmStartStage(work: {
  order: Pick<TrainingOrder, 'request' | 'warmStart' | 'isRepetition'>;
  artifacts: ArtifactStore;
  /** The model that is served, loaded already. */
  incumbent: Incumbent | undefined;
  report: Report;
}): Promise<WarmStart | undefined> {
  const { order, artifacts, incumbent, report } = work;
  const log = (line: string): void => report({ type: 'log', line });
  const { warmStart } = order;
  if (warmStart === undefined) {
    if (order.request.warmStart && !order.isRepetition)
      log('No warm start, since no model is active: the training begins from the beginning');
    return undefined;
  }
  const { version, trainedUntilMs, model } =
    incumbent?.version === warmStart.version ? incumbent : await loadIncumbent(artifacts, warmStart);
  const problem = 'problem' in model ? model.problem : warmStartProblem(model, order.request.model);
  if ('problem' in model || problem !== undefined) {
    if (order.isRepetition)
      throw new SommelierError('model-unusable', `The model ${version} cannot be begun from: ${problem}.`);
    log(`No warm start from ${version}, since ${problem}: the training begins from the beginning`);
    return undefined;
  }
  log(`Warm start: twin and published model begin from ${version}`);
  return { version, trainedUntilMs, model };
}
