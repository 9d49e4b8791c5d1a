import type { RunProgress, RunStage } from '@sommelier/contracts';
import type { RunStep, TrainingPosition } from './thread-messages.ts';

/** Share of the whole run that each step is given, as it was on a full RetailRocket log; they add up to 1. */
const SHARES: Record<RunStep, number> = {
  read: 0.08,
  prepare: 0.02,
  search: 0.45,
  evaluate: 0.07,
  refit: 0.33,
  encode: 0.02,
  publish: 0.03,
};

const STAGES: Record<RunStep, RunStage> = {
  read: 'prepare',
  prepare: 'prepare',
  search: 'train',
  evaluate: 'evaluate',
  refit: 'train',
  encode: 'publish',
  publish: 'publish',
};

/** Rates are not told before this much time was measured: the first batches compile the graph. */
const MIN_MEASURED_MS = 250;

/**
 * Turns what the training thread reports into a run's progress. Times come from the caller's clock. `fraction` never
 * falls, whatever is reported. The estimate assumes that the search goes on to its last epoch and that refitting
 * takes as many, so that it errs on the long side.
 */
export class ProgressTracker {
  #progress: RunProgress;
  #step: RunStep = 'read';
  #fraction: number;
  readonly #startedAtMs = new Map<RunStep, number>();
  readonly #seconds: Partial<Record<RunStep, number>> = {};
  #epoch: { key: string; samples: number; nowMs: number } | undefined;

  /** `startFraction`: where an earlier attempt had come, so that the run does not fall behind it. */
  constructor(nowMs: number, startFraction = 0) {
    this.#fraction = startFraction;
    this.#startedAtMs.set('read', nowMs);
    this.#progress = { stage: 'prepare', fraction: startFraction, message: 'Starting' };
  }

  get progress(): RunProgress {
    return this.#progress;
  }

  /** Seconds that each finished step took; the current one up to `nowMs`. */
  timings(nowMs: number): Record<string, number> {
    return { ...this.#seconds, [this.#step]: this.#secondsSoFar(nowMs) };
  }

  /** A step begins, and the one before it has ended. */
  enter(step: RunStep, message: string, nowMs: number): RunProgress {
    if (step !== this.#step) {
      this.#seconds[this.#step] = this.#secondsSoFar(nowMs);
      this.#step = step;
      this.#startedAtMs.set(step, nowMs);
    }
    return this.#set(0, { message });
  }

  reading(events: number, totalEvents: number): RunProgress {
    const share = totalEvents > 0 ? events / totalEvents : 0;
    return this.#set(share, { message: `Reading events: ${events.toLocaleString('en')}` });
  }

  training(position: TrainingPosition, nowMs: number): RunProgress {
    const { phase, epoch, epochs, samples, totalSamples, loss } = position;
    const share = (epoch - 1 + samples / Math.max(1, totalSamples)) / Math.max(1, epochs);
    const samplesPerSecond = this.#rate(position, nowMs);
    const etaMs = this.#etaMs(position, nowMs);
    const what = phase === 'search' ? 'Looking for the number of epochs' : 'Training the model to publish';
    return this.#set(share, {
      message: `${what}: epoch ${epoch} of ${phase === 'search' ? 'at most ' : ''}${epochs}`,
      phase,
      epoch,
      epochs,
      loss,
      ...(samplesPerSecond !== undefined && { samplesPerSecond }),
      ...(etaMs !== undefined && { etaMs }),
    });
  }

  #set(share: number, rest: Omit<RunProgress, 'stage' | 'fraction'>): RunProgress {
    const within = startOf(this.#step) + SHARES[this.#step] * Math.min(1, Math.max(0, share));
    this.#fraction = Math.max(this.#fraction, Math.min(1, within));
    this.#progress = { stage: STAGES[this.#step], fraction: this.#fraction, ...rest };
    return this.#progress;
  }

  #secondsSoFar(nowMs: number): number {
    const startedAtMs = this.#startedAtMs.get(this.#step) ?? nowMs;
    return (this.#seconds[this.#step] ?? 0) + Math.max(0, nowMs - startedAtMs) / 1_000;
  }

  /** Samples a second since the first report of this epoch. */
  #rate({ phase, epoch, samples }: TrainingPosition, nowMs: number): number | undefined {
    const key = `${phase} ${epoch}`;
    if (this.#epoch?.key !== key) this.#epoch = { key, samples, nowMs };
    const elapsedMs = nowMs - this.#epoch.nowMs;
    if (elapsedMs < MIN_MEASURED_MS) return undefined;
    return ((samples - this.#epoch.samples) / elapsedMs) * 1_000;
  }

  /** Time to the end, from the time that the samples of this phase took, ranking between epochs included. */
  #etaMs(
    { phase, epoch, epochs, samples, totalSamples }: TrainingPosition,
    nowMs: number,
  ): number | undefined {
    const elapsedMs = nowMs - (this.#startedAtMs.get(this.#step) ?? nowMs);
    const done = (epoch - 1) * totalSamples + samples;
    if (elapsedMs < MIN_MEASURED_MS || done <= 0) return undefined;
    const left = Math.max(0, epochs * totalSamples - done);
    const refit = phase === 'search' ? epochs * totalSamples : 0;
    return Math.round((elapsedMs / done) * (left + refit));
  }
}

function startOf(step: RunStep): number {
  let start = 0;
  for (const [name, share] of Object.entries(SHARES)) {
    if (name === step) return start;
    start += share;
  }
  return start;
}
