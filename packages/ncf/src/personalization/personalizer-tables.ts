import { mlpEmbeddingWidth } from '../engine/neumf-parameters.ts';
import type { Model } from '../model-file/model.ts';
import { GmfItems } from './item-side.ts';
import { meanRow } from './mean-row.ts';

/** What a personalizer needs of a model whoever the user is; in shared memory, so that threads can be handed it. */
export interface PersonalizerTables {
  /** Sum over all items of y y^T, `[factors, factors]`. */
  readonly gram: Float64Array;
  /** Mean row of the users' MLP table, `[layers[0] / 2]`. */
  readonly meanMlp: Float32Array;
}

/** Computes the tables, in items x factors^2 operations. Deterministic. */
export function personalizerTables({ parameters }: Pick<Model, 'parameters'>): PersonalizerTables {
  const gram = new GmfItems(parameters).gram();
  const meanMlp = meanRow(parameters.userMlp, mlpEmbeddingWidth(parameters.shape));
  const tables = {
    gram: new Float64Array(new SharedArrayBuffer(gram.byteLength)),
    meanMlp: new Float32Array(new SharedArrayBuffer(meanMlp.byteLength)),
  };
  tables.gram.set(gram);
  tables.meanMlp.set(meanMlp);
  return tables;
}
