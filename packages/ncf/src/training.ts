export type {
  EngineSettings,
  EpochProgress,
  TrainingEngine,
  TrainingPairs,
} from './engine/training-engine.ts';
export { type BackendChoice, chooseBackend, type TfjsBackend } from './engine/tfjs/backend.ts';
export { createTfjsEngine } from './engine/tfjs/tfjs-engine.ts';
