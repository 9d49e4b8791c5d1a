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
 * The training that a demo asks for: the product's own preset, with fewer users to rank, so that nobody waits for the
 * last digit of a metric.
 */
export function demoTraining(options: DemoOptions): TrainingRunRequest {
  if (options.events === undefined) return { evaluation: { maxUsers: 2_000, maxValidationUsers: 1_000 } };
  // Whoever hands in a file wants all of it to count.
  return { data: { windowDays: 0 }, evaluation: { maxUsers: 5_000, maxValidationUsers: 2_000 } };
}
