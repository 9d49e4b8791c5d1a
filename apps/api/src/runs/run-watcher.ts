import { hasEnded, type TrainingRun } from '@sommelier/contracts';
import type { Logger } from '@sommelier/platform';

export interface RunWatcherParts {
  readonly read: (runId: string) => Promise<TrainingRun | undefined>;
  readonly logger: Logger;
  /** Pause between two looks at a row. */
  readonly pollMs: number;
}

type Listener = (run: TrainingRun) => void;

/**
 * Looks at the rows of runs that somebody follows, at each once for all who do, until it has ended or nobody does any
 * more. The row is the truth, so nothing else is asked; while it cannot be read, nobody hears anything.
 */
export class RunWatcher {
  readonly #parts: RunWatcherParts;
  readonly #watched = new Map<string, Set<Listener>>();

  constructor(parts: RunWatcherParts) {
    this.#parts = parts;
  }

  /** Calls `listener` with each look at the run's row. Returns what ends that. */
  watch(runId: string, listener: Listener): () => void {
    const listeners = this.#watched.get(runId) ?? new Set();
    listeners.add(listener);
    if (!this.#watched.has(runId)) {
      this.#watched.set(runId, listeners);
      void this.#look(runId, listeners);
    }
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watched.get(runId) === listeners) this.#watched.delete(runId);
    };
  }

  async #look(runId: string, listeners: ReadonlySet<Listener>): Promise<void> {
    const run = await this.#read(runId);
    if (run !== undefined) for (const listener of [...listeners]) listener(run);
    const isOver = listeners.size === 0 || (run !== undefined && hasEnded(run.status));
    if (!isOver) {
      setTimeout(() => void this.#look(runId, listeners), this.#parts.pollMs).unref();
    } else if (this.#watched.get(runId) === listeners) {
      this.#watched.delete(runId);
    }
  }

  async #read(runId: string): Promise<TrainingRun | undefined> {
    try {
      return await this.#parts.read(runId);
    } catch (error) {
      this.#parts.logger.debug({ err: error, runId }, 'the row of a run that is followed cannot be read');
      return undefined;
    }
  }
}
