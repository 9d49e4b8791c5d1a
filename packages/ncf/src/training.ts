export type { Batch, BatchGradients } from './engine/batch.ts';
export { EpochSamples } from './engine/epoch-samples.ts';
export { initialParameters } from './engine/initial-parameters.ts';
export { namedTensors } from './engine/parameter-checks.ts';
export {
  acquireBackend,
  type BackendChoice,
  chooseBackend,
  type TfjsBackend,
} from './engine/tfjs/backend.ts';
export { batchGradients } from './engine/tfjs/batch-gradients.ts';
export { createTfjsEngine } from './engine/tfjs/tfjs-engine.ts';
export type {
  EngineSettings,
  EpochProgress,
  TrainingEngine,
  TrainingPairs,
} from './engine/training-engine.ts';
