export {
  type DenseLayer,
  mlpEmbeddingWidth,
  mlpOutputWidth,
  type NeuMFParameters,
  type NeuMFShape,
} from './engine/neumf-parameters.ts';
export type { EventColumns, EventPage } from './preparation/event-columns.ts';
export type { Interactions } from './preparation/interactions.ts';
