import { gateOutcomeSchema, type RunProgress } from '@sommelier/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RunStep } from '../thread/thread-messages.ts';
import { ATTEMPT_OUTCOMES, type AttemptObserver, type RunObserver } from './run-observer.ts';

/** Upper bounds of the buckets of steps and attempts, seconds: from a toy's to half a day. */
const STEP_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200];

/** Counts attempts, steps, epochs and verdicts for whoever scrapes this worker. */
export function runMetrics(registry: Registry): RunObserver {
  const metrics = createMetrics(registry);
  return {
    begin(begun) {
      metrics.running.inc();
      return observerOf(metrics, begun.nowMs);
    },
  };
}

type Metrics = ReturnType<typeof createMetrics>;

function createMetrics(registry: Registry) {
  const registers = [registry];
  const attempts = new Counter({
    name: 'sommelier_training_attempts_total',
    help: 'Attempts at training runs that this worker has ended, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const verdicts = new Counter({
    name: 'sommelier_gate_verdicts_total',
    help: 'What the gate said of candidates, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  // Known from the start, or the first failure would be no increase.
  for (const outcome of ATTEMPT_OUTCOMES) attempts.inc({ outcome }, 0);
  for (const outcome of gateOutcomeSchema.options) verdicts.inc({ outcome }, 0);
  return {
    attempts,
    running: new Gauge({
      name: 'sommelier_training_attempts_running',
      help: 'Attempts that this worker is making.',
      registers,
    }),
    durations: new Histogram({
      name: 'sommelier_training_attempt_duration_seconds',
      help: 'Attempts from taking the run to its end, by outcome.',
      labelNames: ['outcome'],
      buckets: STEP_SECONDS,
      registers,
    }),
    steps: new Histogram({
      name: 'sommelier_training_step_duration_seconds',
      help: 'Steps of attempts, also of those that failed in the middle of one.',
      labelNames: ['step'],
      buckets: STEP_SECONDS,
      registers,
    }),
    verdicts,
    ...trainingGauges(registry),
  };
}

function trainingGauges(registry: Registry) {
  const registers = [registry];
  return {
    epoch: new Gauge({
      name: 'sommelier_training_epoch',
      help: 'Epoch of the training in work, by pass: search, twin, refit; absent when none is.',
      labelNames: ['phase'],
      registers,
    }),
    loss: new Gauge({
      name: 'sommelier_training_loss',
      help: 'Mean training loss of the epoch so far, by pass.',
      labelNames: ['phase'],
      registers,
    }),
    rate: new Gauge({
      name: 'sommelier_training_samples_per_second',
      help: 'Samples a second that the training in work takes; 0 when none is.',
      registers,
    }),
  };
}

function observerOf(metrics: Metrics, begunAtMs: number): AttemptObserver {
  let step: { readonly name: RunStep; readonly atMs: number } | undefined;
  const endStep = (nowMs: number): void => {
    if (step !== undefined) metrics.steps.observe({ step: step.name }, secondsSince(step.atMs, nowMs));
  };
  return {
    step(name, nowMs) {
      endStep(nowMs);
      step = { name, atMs: nowMs };
    },
    progress: (progress) => showProgress(metrics, progress),
    judged: ({ outcome }) => metrics.verdicts.inc({ outcome }),
    ended(outcome, nowMs) {
      endStep(nowMs);
      metrics.running.dec();
      metrics.attempts.inc({ outcome });
      metrics.durations.observe({ outcome }, secondsSince(begunAtMs, nowMs));
      metrics.epoch.reset();
      metrics.loss.reset();
      metrics.rate.set(0);
    },
  };
}

function showProgress({ epoch, loss, rate }: Metrics, progress: RunProgress): void {
  const { phase } = progress;
  if (phase !== undefined && progress.epoch !== undefined) epoch.set({ phase }, progress.epoch);
  if (phase !== undefined && progress.loss !== undefined) loss.set({ phase }, progress.loss);
  if (progress.samplesPerSecond !== undefined) rate.set(progress.samplesPerSecond);
}

function secondsSince(fromMs: number, nowMs: number): number {
  return Math.max(0, nowMs - fromMs) / 1_000;
}
