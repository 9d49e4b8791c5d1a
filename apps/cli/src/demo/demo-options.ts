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

/** Enough for a model that clearly beats popularity, few enough for a minute on two cores. */
export const DEFAULT_VISITORS = 6_000;
/** The generated shop's visitors are the most active ones of a larger shop: a demo has no use for single clicks. */
export const SHOP_ACTIVITY = 12;
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

/** The training that a demo asks for: the product's defaults, with less patience and fewer users ranked. */
export function demoTraining(options: DemoOptions): TrainingRunRequest {
  if (options.events !== undefined) {
    return {
      // A log of sessions rather than of users has its whole history in a few events of each.
      data: { windowDays: 0 },
      training: { epochs: 10, patience: 2 },
      evaluation: { maxUsers: 5_000, maxValidationUsers: 1_000 },
    };
  }
  return {
    training: { epochs: 12, patience: 2 },
    evaluation: { maxUsers: 2_000, maxValidationUsers: 1_000 },
  };
}
