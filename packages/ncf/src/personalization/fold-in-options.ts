import type { Manifest } from '@sommelier/contracts';
import type { FoldInOptions } from './fold-in.ts';

/** What a model's manifest says of the least squares that it was pre-trained with. */
export function foldInOptionsOf({
  metrics: { pretraining },
  config: { training },
}: {
  readonly metrics: Pick<Manifest['metrics'], 'pretraining'>;
  readonly config: Pick<Manifest['config'], 'training'>;
}): Partial<FoldInOptions> {
  return {
    strengthWeight: training.strengthWeight,
    regularisation: training.alsRegularisation,
    ...(pretraining && { unobservedWeight: pretraining.unobservedWeight }),
  };
}
