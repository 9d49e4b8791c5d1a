import type { RunProgress, RunStage } from '@sommelier/contracts';
import type { TrainModelProgress } from '@sommelier/ncf/training';
import type { RunStep } from '../thread/thread-messages.ts';

/** Where each step begins as a share of the whole run, as it was on a full RetailRocket log. */
const BEGINS: Record<RunStep, number> = {
  read: 0,
  prepare: 0.08,
  search: 0.1,
  evaluate: 0.1,
  gate: 0.1,
  refit: 0.1,
  encode: 0.95,
  publish: 0.97,
};

const STAGES: Record<RunStep, RunStage> = {
  read: 'prepare',
  prepare: 'prepare',
  search: 'train',
  evaluate: 'evaluate',
  gate: 'evaluate',
  refit: 'train',
  encode: 'publish',
  publish: 'publish',
};

const PHASES: Record<TrainModelProgress['phase'], string> = {
  search: 'Looking for the number of epochs',
  twin: 'Training the twin that the gate compares',
  refit: 'Training the model to publish',
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
  /** Samples of the step that an earlier attempt has done. */
  #begun: { step: RunStep; done: number } | undefined;
  #epoch: { key: string; samples: number; nowMs: number } | undefined;
  readonly #onStep: (step: RunStep, nowMs: number) => void;

  /**
   * @param startFraction where an earlier attempt had come, so that the run does not fall behind it
   * @param onStep hears of each step that begins
   */
  constructor(
    nowMs: number,
    startFraction = 0,
    onStep: (step: RunStep, nowMs: number) => void = () => undefined,
  ) {
    this.#onStep = onStep;
    this.#fraction = startFraction;
    this.#startedAtMs.set('read', nowMs);
    this.#progress = { stage: 'prepare', fraction: startFraction, message: 'Starting' };
    onStep('read', nowMs);
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
      this.#onStep(step, nowMs);
    }
    return this.#set(BEGINS[step], { message });
  }

  reading(events: number, totalEvents: number): RunProgress {
    const share = totalEvents > 0 ? Math.min(1, events / totalEvents) : 0;
    return this.#set(BEGINS.prepare * share, { message: `Reading events: ${events.toLocaleString('en')}` });
  }

  training(position: TrainModelProgress, nowMs: number): RunProgress {
    const fraction = BEGINS.search + (BEGINS.encode - BEGINS.search) * position.fraction;
    if (position.stage === 'evaluate') return this.#set(fraction, { message: 'Ranking the test items' });
    if (position.stage === 'judge') return this.#set(fraction, { message: 'Ranking what is after the cut' });
    const { phase, epoch, epochs, loss } = position;
    if (position.stage === 'pretrain') {
      const message = `Pre-training by alternating least squares: iteration ${epoch} of ${epochs}`;
      return this.#set(fraction, { message, phase });
    }
    const samplesPerSecond = this.#rate(position, nowMs);
    const etaMs = this.#etaMs(position, nowMs);
    const what = PHASES[phase];
    return this.#set(fraction, {
      message: `${what}: epoch ${epoch} of ${phase === 'search' ? 'at most ' : ''}${epochs}`,
      phase,
      epoch,
      epochs,
      loss,
      ...(samplesPerSecond !== undefined && { samplesPerSecond }),
      ...(etaMs !== undefined && { etaMs }),
    });
  }

  #set(fraction: number, rest: Omit<RunProgress, 'stage' | 'fraction'>): RunProgress {
    this.#fraction = Math.max(this.#fraction, Math.min(1, fraction));
    this.#progress = { stage: STAGES[this.#step], fraction: this.#fraction, ...rest };
    return this.#progress;
  }

  #secondsSoFar(nowMs: number): number {
    const startedAtMs = this.#startedAtMs.get(this.#step) ?? nowMs;
    return (this.#seconds[this.#step] ?? 0) + Math.max(0, nowMs - startedAtMs) / 1_000;
  }

  /** Samples a second since the first report of this epoch. */
  #rate({ phase, epoch, samples }: TrainModelProgress, nowMs: number): number | undefined {
    const key = `${phase} ${epoch}`;
    if (this.#epoch?.key !== key) this.#epoch = { key, samples, nowMs };
    const elapsedMs = nowMs - this.#epoch.nowMs;
    if (elapsedMs < MIN_MEASURED_MS) return undefined;
    return ((samples - this.#epoch.samples) / elapsedMs) * 1_000;
  }

  /** Time to the end, from the time that the samples of this phase took, ranking between epochs included. */
  #etaMs(
    { phase, epoch, epochs, samples, totalSamples }: TrainModelProgress,
    nowMs: number,
  ): number | undefined {
    const elapsedMs = nowMs - (this.#startedAtMs.get(this.#step) ?? nowMs);
    const done = (epoch - 1) * totalSamples + samples;
    // What an earlier attempt has done took none of this one's time.
    if (this.#begun?.step !== this.#step)
      this.#begun = { step: this.#step, done: (epoch - 1) * totalSamples };
    const doneHere = done - this.#begun.done;
    if (elapsedMs < MIN_MEASURED_MS || doneHere <= 0) return undefined;
    const left = Math.max(0, epochs * totalSamples - done);
    const refit = phase === 'refit' ? 0 : epochs * totalSamples;
    return Math.round((elapsedMs / doneHere) * (left + refit));
  }
}
