import { SommelierError } from '@sommelier/contracts';
import type { ServableModel } from '../model/model-holder.ts';
import type { SimilarRequest, SimilarResult, TopRequest, TopResult } from '../scoring/scoring-protocol.ts';

/** @throws SommelierError `overloaded`, `internal` */
export async function askTop(model: Pick<ServableModel, 'score'>, request: TopRequest): Promise<TopResult> {
  const result = await model.score(request);
  if (result.kind === undefined) return result;
  throw otherKind(result.kind);
}

/** @throws SommelierError `overloaded`, `internal` */
export async function askSimilar(
  model: Pick<ServableModel, 'score'>,
  request: SimilarRequest,
): Promise<SimilarResult> {
  const result = await model.score(request);
  if (result.kind === 'similar') return result;
  throw otherKind('top');
}

function otherKind(kind: string): SommelierError {
  return new SommelierError('internal', `A scoring thread answered another question (${kind}).`);
}
