import type { LogLine } from '../growth/worker-log.ts';
import { type Moment, RUN_MOMENTS, type RunMoment } from './fault.ts';

/** What the worker says when a stage of a run begins. */
const BEGINNINGS: readonly (readonly [line: RegExp, stage: RunMoment])[] = [
  [/^Reading (events|the snapshot of an earlier attempt)$/, 'read'],
  [/^Preparing [\d,]+ events$/, 'prepare'],
  [/^Looking for the number of epochs$/, 'train'],
  [/^Evaluating$/, 'evaluate'],
  [/^Comparing with the model that is served$/, 'gate'],
  [/^Training the model to publish$/, 'refit'],
  [/^Writing the model file$/, 'publish'],
];
const TAKEN = /^took a job$/;
const DONE = /^finished a job$/;

/** A stage of a run has begun in a worker. */
export interface Beginning {
  readonly stage: RunMoment;
  readonly worker: string;
  readonly atMs: number;
}

/** A worker has taken a run. */
export interface Holder {
  readonly worker: string;
  readonly takenAtMs: number;
}

/** What the logs of all workers say about one run. */
interface Followed {
  readonly beginnings: Beginning[];
  /** Times that a worker took its job. */
  taken: number;
  /** Who took it last, and when. */
  holder: Holder | undefined;
  doneAtMs: number | undefined;
}

/**
 * Follows runs in the workers' logs, where a stage is told the moment it begins; the run's row has it up to a second
 * later.
 */
export class RunFollower {
  readonly #runs = new Map<string, Followed>();
  readonly #watchers = new Set<() => void>();
  #usualMs: Partial<Record<RunMoment, number>> = {};

  see(worker: string, { runId, message, timeMs }: LogLine): void {
    if (runId === undefined) return;
    const run = this.#of(runId);
    const stage = BEGINNINGS.find(([pattern]) => pattern.test(message))?.[1];
    if (TAKEN.test(message)) {
      run.taken++;
      run.holder = { worker, takenAtMs: timeMs };
    } else if (DONE.test(message)) run.doneAtMs = timeMs;
    else if (stage !== undefined) run.beginnings.push({ stage, worker, atMs: timeMs });
    else return;
    for (const wake of this.#watchers) wake();
  }

  /** Stages that have begun so far, over all attempts. */
  begun(runId: string): number {
    return this.#of(runId).beginnings.length;
  }

  /** Whether a worker has the run. */
  isInWork(runId: string): boolean {
    const { holder, doneAtMs } = this.#of(runId);
    return holder !== undefined && doneAtMs === undefined;
  }

  taken(runId: string): number {
    return this.#of(runId).taken;
  }

  /** Who has taken the newest run that is not done; undefined when nobody has. */
  get holder(): Holder | undefined {
    return [...this.#runs.values()].findLast(
      ({ holder, doneAtMs }) => holder !== undefined && doneAtMs === undefined,
    )?.holder;
  }

  /** From when a run was last taken until it was done; undefined when it is not. */
  durationMs(runId: string): number | undefined {
    const { holder, doneAtMs } = this.#of(runId);
    return holder === undefined || doneAtMs === undefined ? undefined : doneAtMs - holder.takenAtMs;
  }

  /** Learns from a run without a fault how long each stage takes. */
  learn(runId: string): void {
    const { beginnings, doneAtMs } = this.#of(runId);
    const usual: Partial<Record<RunMoment, number>> = {};
    for (const [place, { stage, atMs }] of beginnings.entries()) {
      usual[stage] = (beginnings[place + 1]?.atMs ?? doneAtMs ?? atMs) - atMs;
    }
    this.#usualMs = usual;
  }

  usualMs(stage: RunMoment): number {
    return this.#usualMs[stage] ?? 0;
  }

  /** The stage that a run is in, or that it has ended. */
  at(runId: string): string {
    const { beginnings, doneAtMs } = this.#of(runId);
    return doneAtMs !== undefined ? 'its end' : (beginnings.at(-1)?.stage ?? 'the queue');
  }

  /**
   * Waits until a stage, or a later one, has begun after the first `after` beginnings of the run; undefined when the
   * signal says that the run has ended before.
   */
  async reached(
    runId: string,
    { stage }: Pick<Moment, 'stage'>,
    { after, signal }: { after: number; signal: AbortSignal },
  ): Promise<Beginning | undefined> {
    const wanted = RUN_MOMENTS.indexOf(stage);
    const find = () =>
      this.#of(runId)
        .beginnings.slice(after)
        .findLast((beginning) => RUN_MOMENTS.indexOf(beginning.stage) >= wanted);
    await this.#until(() => find() !== undefined, signal);
    return find();
  }

  /** Waits until the stage that a run is in is over, or the signal. */
  passed(runId: string, signal: AbortSignal): Promise<void> {
    const run = this.#of(runId);
    const begun = run.beginnings.length;
    return this.#until(() => run.beginnings.length > begun || run.doneAtMs !== undefined, signal);
  }

  #until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds() && !signal.aborted) return;
        this.#watchers.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#watchers.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  #of(runId: string): Followed {
    let run = this.#runs.get(runId);
    if (run === undefined) {
      run = { beginnings: [], taken: 0, holder: undefined, doneAtMs: undefined };
      this.#runs.set(runId, run);
    }
    return run;
  }
}
