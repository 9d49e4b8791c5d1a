import { accessSync, constants, statSync } from 'node:fs';
import { SommelierError, type TrainingRunRequest } from '@sommelier/contracts';
import { requireWritable } from './demo-report.ts';

export interface DemoOptions {
  /** End by itself once everything was shown. */
  readonly once: boolean;
  /** Leave the working folder. */
  readonly keep: boolean;
  /** A real events.csv, instead of a generated shop. */
  readonly events?: string;
  /** Where the report goes. */
  readonly json?: string;
  /** Visitors of the generated shop. */
  readonly visitors: number;
  /** Port of the first replica. */
  readonly port?: number;
}

export const FEWEST_VISITORS = 300;
export const MOST_VISITORS = 1_407_580;

/**
 * Checks what can be known before any work: the files.
 * @throws SommelierError `import-file`, `invalid-config`
 */
export function checkOptions(options: DemoOptions): void {
  if (options.json !== undefined) requireWritable(options.json);
  if (options.events === undefined) return;
  try {
    accessSync(options.events, constants.R_OK);
    if (!statSync(options.events).isFile()) throw new Error('it is not a file');
  } catch (error) {
    const message = `The events cannot be read from ${options.events}: ${(error as Error).message}`;
    throw new SommelierError('import-file', message, { cause: error });
  }
}

/**
 * The training that a demo asks for. A wide GMF branch with a small tower beside it learns most per second of a CPU;
 * the smaller batches and larger steps than the product's defaults suit a log of this size.
 */
export function demoTraining(options: DemoOptions): TrainingRunRequest {
  if (options.events === undefined) {
    return {
      model: { factors: 32, layers: [32, 16] },
      training: { batchSize: 512, learningRate: 0.015, l2: 3e-5, initSigma: 0.1, epochs: 10, patience: 2 },
      evaluation: { maxUsers: 2_000, maxValidationUsers: 1_000 },
    };
  }
  return {
    // Whoever hands in a file wants all of it to count.
    data: { windowDays: 0 },
    // Most users of a real log have two or three items. That takes a wide GMF branch, more epochs until the tables have
    // learnt, and more users until the noise of the validation no longer ends the search early.
    model: { factors: 64, layers: [16, 8] },
    training: { batchSize: 512, learningRate: 0.02, l2: 6e-5, initSigma: 0.1, epochs: 12, patience: 4 },
    evaluation: { maxUsers: 5_000, maxValidationUsers: 2_000 },
  };
}
