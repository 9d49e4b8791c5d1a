// TensorFlow.js by itself, for checks and measurements: importing this loads it.
export { acquireBackend, type TfjsBackend } from './engine/tfjs/backend.ts';
export { batchGradients } from './engine/tfjs/batch-gradients.ts';
export { createTfjsEngine, type TfjsEngineOptions } from './engine/tfjs/tfjs-engine.ts';
