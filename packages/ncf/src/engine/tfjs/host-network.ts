import type { TrainingConfig } from '@sommelier/contracts';
import type { Batch } from '../batch.ts';
import type { NeuMFParameters } from '../neumf-parameters.ts';
import { NeuMFOptimiser } from '../optimiser.ts';
import { copyOfParameters } from '../parameter-checks.ts';
import type { EngineState } from '../training-engine.ts';
import { batchGradients } from './batch-gradients.ts';
import type { Network } from './network.ts';

/**
 * Tables, moments and the lazy Adam update on the host; the backend computes loss and gradients of a batch from the
 * rows that the batch touches. Every step waits for its gradients: right where the backend is this CPU itself.
 */
export class HostNetwork implements Network {
  readonly samplesBetweenReports = 4_096;
  readonly #parameters: NeuMFParameters;
  readonly #optimiser: NeuMFOptimiser;
  #loss = 0;

  constructor(parameters: NeuMFParameters, training: TrainingConfig) {
    this.#parameters = copyOfParameters(parameters);
    this.#optimiser = new NeuMFOptimiser(this.#parameters, training);
  }

  startEpoch(learningRate: number): void {
    this.#optimiser.learningRate = learningRate;
    this.#loss = 0;
  }

  async step(batch: Batch): Promise<void> {
    const gradients = await batchGradients(this.#parameters, batch);
    this.#optimiser.apply(batch, gradients);
    this.#loss += gradients.loss * batch.size;
  }

  async takeLoss(): Promise<number> {
    const taken = this.#loss;
    this.#loss = 0;
    return taken;
  }

  async parameters(): Promise<NeuMFParameters> {
    return this.#parameters;
  }

  async state(): Promise<EngineState> {
    return this.#optimiser.state();
  }

  restore(state: EngineState): boolean {
    return this.#optimiser.restore(state);
  }

  dispose(): void {
    // Everything is on the heap.
  }
}
