export type {
  EngineSettings,
  EpochProgress,
  TrainingEngine,
  TrainingPairs,
} from './engine/training-engine.ts';
