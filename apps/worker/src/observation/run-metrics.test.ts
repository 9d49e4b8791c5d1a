import { describe, expect, it } from '@jest/globals';
import type { TrainingRun } from '@sommelier/contracts';
import { Registry } from 'prom-client';
import { runMetrics } from './run-metrics.ts';
import { observeAll } from './run-observer.ts';

const begin = (registry: Registry) =>
  observeAll([runMetrics(registry)]).begin({
    run: { id: 'r' } as TrainingRun,
    attempt: 1,
    jobId: 'run-r',
    nowMs: 1_000,
  });

async function lines(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('runMetrics', () => {
  it('knows every outcome before there is one, so that the first is an increase', async () => {
    const registry = new Registry();
    runMetrics(registry);
    expect(await lines(registry, 'sommelier_training_attempts_total')).toContain(
      'sommelier_training_attempts_total{outcome="failed"} 0',
    );
  });

  it('notes each step when it is over, also the one in which an attempt ends', async () => {
    const registry = new Registry();
    const attempt = begin(registry);
    attempt.step('read', 1_000);
    attempt.step('prepare', 3_000);
    expect(await lines(registry, 'sommelier_training_step_duration_seconds_sum')).toEqual([
      'sommelier_training_step_duration_seconds_sum{step="read"} 2',
    ]);
    attempt.ended('failed', 3_500);
    attempt.ended('retried', 9_000);
    expect(await lines(registry, 'sommelier_training_step_duration_seconds_sum')).toContain(
      'sommelier_training_step_duration_seconds_sum{step="prepare"} 0.5',
    );
    expect(await lines(registry, 'sommelier_training_attempts_total')).toEqual(
      expect.arrayContaining([
        'sommelier_training_attempts_total{outcome="failed"} 1',
        'sommelier_training_attempts_total{outcome="retried"} 0',
      ]),
    );
    expect(await lines(registry, 'sommelier_training_attempt_duration_seconds_sum')).toEqual([
      'sommelier_training_attempt_duration_seconds_sum{outcome="failed"} 2.5',
    ]);
  });

  it('shows the epoch, its loss and its speed while an attempt goes on, and no longer', async () => {
    const registry = new Registry();
    const attempt = begin(registry);
    const progress = { stage: 'train', fraction: 0.5, message: '' } as const;
    attempt.progress({ ...progress, phase: 'refit', epoch: 2, loss: 0.25, samplesPerSecond: 4_000 });
    expect(await lines(registry, 'sommelier_training_epoch')).toEqual([
      'sommelier_training_epoch{phase="refit"} 2',
    ]);
    expect(await lines(registry, 'sommelier_training_loss')).toEqual([
      'sommelier_training_loss{phase="refit"} 0.25',
    ]);
    expect(await lines(registry, 'sommelier_training_samples')).toEqual([
      'sommelier_training_samples_per_second 4000',
    ]);
    expect(await lines(registry, 'sommelier_training_attempts_running')).toEqual([
      'sommelier_training_attempts_running 1',
    ]);
    attempt.ended('cancelled', 2_000);
    expect(await lines(registry, 'sommelier_training_epoch')).toEqual([]);
    expect(await lines(registry, 'sommelier_training_samples')).toEqual([
      'sommelier_training_samples_per_second 0',
    ]);
    expect(await lines(registry, 'sommelier_training_attempts_running')).toEqual([
      'sommelier_training_attempts_running 0',
    ]);
  });
});
