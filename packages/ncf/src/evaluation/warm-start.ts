import type { ModelConfig } from '@sommelier/contracts';
import { mlpEmbeddingWidth, type NeuMFParameters } from '../engine/neumf-parameters.ts';
import type { IdTable } from '../model-file/id-table.ts';
import type { Model } from '../model-file/model.ts';
import type { Interactions } from '../preparation/interactions.ts';

/** A model that a training begins from. */
export interface WarmStart {
  readonly version: string;
  /** Time of the newest event that it has seen (Unix ms). */
  readonly trainedUntilMs: number;
  readonly model: Model;
}

/** Why a network of this configuration cannot begin from the model; undefined when it can. */
export function warmStartProblem({ parameters }: Model, config: ModelConfig): string | undefined {
  const { factors, layers } = parameters.shape;
  const describe = (shape: { factors: number; layers: readonly number[] }): string =>
    `${shape.factors} factors and layers [${shape.layers.join(', ')}]`;
  return describe(config) === describe({ factors, layers })
    ? undefined
    : `it has ${describe({ factors, layers })}, and the run asks for ${describe(config)}`;
}

/**
 * The model's dense parameters, and its rows of the users and items that it knows; every other row is `own`'s, which are
 * those of the interactions in the initial state.
 */
export function warmParameters(
  own: NeuMFParameters,
  { userIds, itemIds }: Pick<Interactions, 'userIds' | 'itemIds'>,
  model: Pick<Model, 'parameters' | 'userIds' | 'itemIds'>,
): NeuMFParameters {
  const { factors } = own.shape;
  const width = mlpEmbeddingWidth(own.shape);
  const { parameters } = model;
  const users = placesOf(userIds, model.userIds);
  const items = placesOf(itemIds, model.itemIds);
  return {
    shape: own.shape,
    userGmf: withRows(own.userGmf, parameters.userGmf, users, factors),
    itemGmf: withRows(own.itemGmf, parameters.itemGmf, items, factors),
    userMlp: withRows(own.userMlp, parameters.userMlp, users, width),
    itemMlp: withRows(own.itemMlp, parameters.itemMlp, items, width),
    mlp: parameters.mlp,
    outputWeight: parameters.outputWeight,
    outputBias: parameters.outputBias,
  };
}

/** The model's index of each id, -1 where it has none. */
function placesOf(ids: readonly string[], table: IdTable): Int32Array {
  return Int32Array.from(ids, (id) => table.indexOf(id));
}

function withRows(own: Float32Array, from: Float32Array, places: Int32Array, width: number): Float32Array {
  const rows = own.slice();
  places.forEach((place, row) => {
    if (place !== -1) rows.set(from.subarray(place * width, (place + 1) * width), row * width);
  });
  return rows;
}
