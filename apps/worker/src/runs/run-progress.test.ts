import { describe, expect, test } from '@jest/globals';
import { runProgressSchema } from '@sommelier/contracts';
import type { TrainModelProgress } from '@sommelier/ncf/training';
import fc from 'fast-check';
import { RUN_STEPS } from '../thread/thread-messages.ts';
import { ProgressTracker } from './run-progress.ts';

function position(change: Partial<TrainModelProgress> = {}): TrainModelProgress {
  return {
    stage: 'train',
    fraction: 0,
    phase: 'search',
    epoch: 1,
    epochs: 10,
    samples: 0,
    totalSamples: 1_000,
    loss: 0.5,
    ...change,
  };
}

describe('ProgressTracker', () => {
  test('estimates from the time that the samples of this phase took', () => {
    const tracker = new ProgressTracker(0);
    tracker.enter('search', 'Training', 1_000);
    tracker.training(position({ epoch: 1, samples: 1 }), 1_001);
    // 2,500 of 10,000 samples in 5 s: 15 s for the rest of the search, 20 s for as many epochs of refitting.
    const progress = tracker.training(position({ epoch: 3, samples: 500 }), 6_000);
    expect(progress).toMatchObject({ stage: 'train', phase: 'search', epoch: 3, epochs: 10, etaMs: 35_000 });
    tracker.enter('refit', 'Refitting', 10_000);
    // 1,000 of 4,000 samples in 2 s: 6 s left.
    const refit = tracker.training(position({ phase: 'refit', epoch: 1, epochs: 4, samples: 1_000 }), 12_000);
    expect(refit.etaMs).toBe(6_000);
  });

  test('does not take what an earlier attempt has done for its own', () => {
    const tracker = new ProgressTracker(0);
    tracker.enter('search', 'Training', 0);
    // Resumed at the third epoch, 500 samples of it in 1 s: 15 s for the other 7,500, 20 s for the refitting.
    expect(tracker.training(position({ epoch: 3, samples: 500 }), 1_000).etaMs).toBe(35_000);
  });

  test('measures samples a second inside an epoch, so that ranking between epochs does not count', () => {
    const tracker = new ProgressTracker(0);
    tracker.enter('search', 'Training', 0);
    expect(tracker.training(position({ samples: 100 }), 1_000).samplesPerSecond).toBeUndefined();
    expect(tracker.training(position({ samples: 500 }), 3_000).samplesPerSecond).toBe(200);
    // Ten seconds of ranking, then the next epoch.
    expect(tracker.training(position({ epoch: 2, samples: 100 }), 13_000).samplesPerSecond).toBeUndefined();
    expect(tracker.training(position({ epoch: 2, samples: 700 }), 14_000).samplesPerSecond).toBe(600);
  });

  test('tells no rate and no estimate before there is enough to measure', () => {
    const tracker = new ProgressTracker(0);
    tracker.enter('search', 'Training', 0);
    const progress = tracker.training(position({ samples: 10 }), 10);
    expect(progress).not.toHaveProperty('etaMs');
    expect(progress).not.toHaveProperty('samplesPerSecond');
  });

  test('adds up the seconds of each step, the current one included', () => {
    const tracker = new ProgressTracker(0);
    tracker.enter('prepare', 'Preparing', 1_500);
    tracker.enter('search', 'Training', 2_000);
    expect(tracker.timings(6_000)).toEqual({ read: 1.5, prepare: 0.5, search: 4 });
  });

  test('begins where an earlier attempt had come', () => {
    const tracker = new ProgressTracker(0, 0.4);
    expect(tracker.enter('prepare', 'Preparing', 1).fraction).toBe(0.4);
  });

  test('never falls, stays within 0 and 1, and is valid whatever is reported', () => {
    const report = fc.oneof(
      fc.record({ step: fc.constantFrom(...RUN_STEPS) }),
      fc.record({ events: fc.nat(1_000), total: fc.nat(1_000) }),
      fc.record({
        phase: fc.constantFrom('search' as const, 'refit' as const),
        epoch: fc.integer({ min: 1, max: 20 }),
        epochs: fc.integer({ min: 1, max: 20 }),
        samples: fc.nat(2_000),
        totalSamples: fc.nat(1_000),
        stage: fc.constantFrom('train' as const, 'evaluate' as const),
        fraction: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(report, fc.nat(10_000))), (reports) => {
        let nowMs = 0;
        let fraction = 0;
        const tracker = new ProgressTracker(nowMs);
        for (const [next, waitMs] of reports) {
          nowMs += waitMs;
          if ('step' in next) tracker.enter(next.step, 'next', nowMs);
          else if ('events' in next) tracker.reading(next.events, next.total);
          else tracker.training(position(next), nowMs);
          const progress = runProgressSchema.parse(tracker.progress);
          expect(progress.fraction).toBeGreaterThanOrEqual(fraction);
          fraction = progress.fraction;
        }
      }),
    );
  });

  test('gives each step its place, and training the share that it reports itself', () => {
    const tracker = new ProgressTracker(0);
    expect(tracker.reading(50, 100).fraction).toBeCloseTo(0.04);
    expect(tracker.enter('search', 'Training', 1).fraction).toBe(0.1);
    expect(tracker.training(position({ fraction: 0.5 }), 2).fraction).toBeCloseTo(0.525);
    tracker.enter('evaluate', 'Evaluating', 3);
    const evaluating = tracker.training(position({ stage: 'evaluate', fraction: 0.6 }), 4);
    expect(evaluating).toEqual({ stage: 'evaluate', fraction: 0.61, message: 'Ranking the test items' });
    expect(tracker.enter('refit', 'Refitting', 5)).toMatchObject({ stage: 'train', fraction: 0.61 });
    expect(tracker.enter('encode', 'Encoding', 6)).toMatchObject({ stage: 'publish', fraction: 0.95 });
    expect(tracker.enter('publish', 'Publishing', 7)).toMatchObject({ stage: 'publish', fraction: 0.97 });
  });
});
