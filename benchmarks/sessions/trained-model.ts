import type { RunConfig } from '@sommelier/contracts';
import {
  foldInOptionsOf,
  type Interactions,
  type Model,
  modelFrom,
  type PersonalizerOptions,
  prepare,
  windowOf,
} from '@sommelier/ncf';
import {
  buildItemToItem,
  createEngine,
  type EngineChoice,
  type TrainModelProgress,
  trainModel,
} from '@sommelier/ncf/training';
import { columnsOf } from './event-columns.ts';
import type { VisitorEvent } from './session.ts';

export interface ServedModel {
  readonly model: Model;
  /** The least squares of the pre-training, as a replica reads them from the manifest. */
  readonly foldIn: Partial<PersonalizerOptions>;
  readonly epochs: number;
  readonly seconds: number;
}

/** Prepares events as a training run does. */
export function prepareEvents(events: readonly VisitorEvent[], { data }: RunConfig): Interactions {
  const { columns, stored } = columnsOf(events);
  const newestMs = events.reduce((newest, { timestampMs }) => Math.max(newest, timestampMs), 0);
  return prepare(columns, data, { ...windowOf(newestMs, data.windowDays), stored }).interactions;
}

/** Trains and puts together what a training run publishes: parameters, history and item-to-item weights. */
export async function trainServedModel(
  interactions: Interactions,
  config: RunConfig,
  choice: EngineChoice,
  onProgress: (progress: TrainModelProgress) => void,
): Promise<ServedModel> {
  const start = performance.now();
  const trained = await trainModel({
    interactions,
    config,
    createEngine: (pairs, settings) => createEngine(choice, pairs, settings),
    pretraining: choice,
    onProgress,
  });
  const { offsets, items, itemIds } = interactions;
  const itemToItem = buildItemToItem({ offsets, items, itemCount: itemIds.length });
  return {
    model: modelFrom(interactions, trained.parameters, { itemToItem }),
    foldIn: foldInOptionsOf({ metrics: trained.metrics, config }),
    epochs: trained.epochs,
    seconds: (performance.now() - start) / 1000,
  };
}
