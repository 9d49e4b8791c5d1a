import type { Config, RunConfig, TrainingRun } from '@sommelier/contracts';
import type { Database, Logger } from '@sommelier/platform';
import type { Queue } from 'bullmq';
import type { ModelHolder } from './serving/model-holder.ts';
import type { SeenItems } from './serving/seen-items.ts';

/** The way to the workers. */
export interface Training {
  /**
   * Writes a run and enqueues it, or joins an equal one that is queued.
   * @throws SommelierError `queue-unavailable`, `database-unavailable`
   */
  submit(request: RunConfig): Promise<{ run: TrainingRun; created: boolean }>;
  /** Rejects when Redis does not answer. */
  ping(): Promise<void>;
  /** For the job board. */
  readonly queue: Queue;
}

/** Everything that the routes are built from. */
export interface ApiParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly training: Training;
  readonly models: ModelHolder;
  readonly seenItems: SeenItems;
  readonly admin: { readonly user: string; readonly password: string | undefined };
  /** Whether the process is about to end: then every answer asks its connection to be closed. */
  readonly isStopping: () => boolean;
}
