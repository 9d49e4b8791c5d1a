import type { SommelierClient } from '@sommelier/client';
import {
  ERRORS,
  type ErrorCode,
  hasEnded,
  type RunProgress,
  SommelierError,
  type TrainingRun,
} from '@sommelier/contracts';
import { formatSeconds } from '../terminal/format.ts';
import { formatRate } from './format.ts';
import type { Installation } from './installation.ts';
import { pause } from './interruption.ts';
import type { Report } from './steps.ts';

const POLL_MS = 300;
/** The API may be away for a moment, beyond what the client tries again; then the run is given up. */
const MAX_FAILURES = 8;

/** Who is asked for a run, and what may end the waiting for it. */
export interface Followed {
  readonly api: SommelierClient;
  readonly installation: Installation;
  readonly signal: AbortSignal;
}

/**
 * Follows a training run and reports its progress.
 * @returns the run, which has succeeded
 * @throws SommelierError of the run when it did not succeed
 */
export async function followTraining(parts: Followed, id: string, report: Report): Promise<TrainingRun> {
  const run = await followToItsEnd(parts, id, report);
  if (run.status === 'succeeded') return run;
  throw failureOf(run, parts.installation);
}

/** Follows a training run and reports its progress, until it is in a final state. */
export async function followToItsEnd(parts: Followed, id: string, report: Report): Promise<TrainingRun> {
  let failures = 0;
  for (;;) {
    parts.installation.requireRunning();
    const run = await parts.api.trainingRun(id).catch((error: unknown) => {
      if (++failures >= MAX_FAILURES) throw error;
    });
    if (run !== undefined) {
      failures = 0;
      if (hasEnded(run.status)) return run;
      if (run.progress !== null) report(describeProgress(run.progress));
      else report(run.status === 'queued' ? 'queued, until the worker takes it' : 'the worker starts');
    }
    await pause(POLL_MS, parts.signal);
  }
}

/** `train  42%  search 3/20  loss 0.412  85k samples/s  about 12.0 s left` */
export function describeProgress(progress: RunProgress): string {
  const { stage, fraction, phase, epoch, epochs, loss, samplesPerSecond, etaMs, message } = progress;
  const parts = [stage, `${Math.floor(fraction * 100)}%`];
  if (epoch === undefined) parts.push(message);
  else parts.push(`${phase ?? 'epoch'} ${epoch}/${epochs ?? '?'}`);
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(4)}`);
  if (samplesPerSecond !== undefined) parts.push(`${formatRate(samplesPerSecond)} samples/s`);
  if (etaMs !== undefined) parts.push(`at most ${formatSeconds(etaMs / 1_000)} left`);
  return parts.join('  ');
}

function failureOf(run: TrainingRun, installation: Installation): SommelierError {
  const code = run.error !== null && run.error.code in ERRORS ? (run.error.code as ErrorCode) : 'internal';
  const reason = run.error?.detail ?? `it ended as "${run.status}"`;
  return new SommelierError(code, `The training run failed: ${reason}\n${installation.logs('worker')}`);
}
