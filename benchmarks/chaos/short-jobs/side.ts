import type { SupervisedProcess } from '../supervised-process.ts';
import type { JobOutcome } from './outcome.ts';

/** A queue with its workers under the same kills as another one. */
export interface Side {
  readonly name: string;
  readonly workers: readonly SupervisedProcess[];
  /** Puts jobs into the queue, as many as are taken out, until the signal. */
  produce(signal: AbortSignal): Promise<void>;
  /** The worker that has a job, as far as the workers say. */
  holder(): SupervisedProcess | undefined;
  /** Waits until every accepted job has ended, or the time is up. */
  drain(timeoutMs: number): Promise<void>;
  outcomes(): Promise<JobOutcome[]>;
  close(): Promise<void>;
}
