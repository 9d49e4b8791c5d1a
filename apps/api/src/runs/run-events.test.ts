import { describe, expect, it } from '@jest/globals';
import { type RunProgress, runConfigSchema, type TrainingRun } from '@sommelier/contracts';
import { eventId, isNews } from './event-position.ts';
import { eventsBetween } from './run-events.ts';

const QUEUED: TrainingRun = {
  id: 'r1',
  kind: 'train',
  verifies: null,
  verification: null,
  status: 'queued',
  stage: null,
  progress: null,
  request: runConfigSchema.parse({}),
  funnel: null,
  metrics: null,
  error: null,
  modelVersion: null,
  timings: null,
  attempts: 0,
  priority: 5,
  createdAtMs: 1,
  startedAtMs: null,
  finishedAtMs: null,
};

function training(fraction: number, epoch: number, loss: number, attempts = 1): TrainingRun {
  const progress: RunProgress = {
    stage: 'train',
    fraction,
    message: 'on',
    phase: 'refit',
    epoch,
    epochs: 3,
    loss,
  };
  return { ...QUEUED, status: 'running', attempts, stage: 'train', progress };
}

const typesOf = (before: TrainingRun | undefined, now: TrainingRun) =>
  eventsBetween(before, now).map(({ type }) => type);

describe('eventsBetween', () => {
  it('tells everything that is known at the first look, and nothing when nothing has changed', () => {
    expect(eventsBetween(undefined, QUEUED)).toEqual([{ type: 'status', status: 'queued', attempt: 0 }]);
    expect(typesOf(undefined, training(0.5, 2, 0.3))).toEqual(['status', 'stage', 'progress']);
    expect(eventsBetween(QUEUED, { ...QUEUED })).toEqual([]);
  });

  it('tells of an epoch when it is over, with the last loss that was seen of it', () => {
    const [first, ...rest] = eventsBetween(training(0.5, 2, 0.3), training(0.6, 3, 0.9));
    expect(first).toEqual({ type: 'epoch', phase: 'refit', epoch: 2, epochs: 3, loss: 0.3 });
    expect(rest.map(({ type }) => type)).toEqual(['progress']);
    expect(typesOf(training(0.5, 2, 0.3), training(0.55, 2, 0.2))).toEqual(['progress']);
    // The next attempt begins anew: nothing was over.
    expect(typesOf(training(0.5, 2, 0.3), training(0.5, 1, 0.9, 2))).toEqual(['status', 'progress']);
  });

  it('ends with the whole run, whatever its end', () => {
    const failed: TrainingRun = { ...training(0.5, 2, 0.3), status: 'failed', finishedAtMs: 2 };
    expect(eventsBetween(training(0.5, 2, 0.3), failed)).toEqual([
      { type: 'status', status: 'failed', attempt: 1 },
      { type: 'end', run: failed },
    ]);
    expect(typesOf(undefined, { ...QUEUED, status: 'cancelled' })).toEqual(['status', 'end']);
  });
});

describe('the ids of events', () => {
  it('rise through the life of a run, also where an attempt begins again', () => {
    const life: [TrainingRun, 'status' | 'epoch' | 'progress' | 'end'][] = [
      [QUEUED, 'status'],
      [training(0.1, 1, 1), 'status'],
      [training(0.1, 1, 1), 'progress'],
      [training(0.9, 2, 1), 'epoch'],
      [training(0.9, 2, 1), 'progress'],
      [training(0.9, 1, 1, 2), 'status'],
      [training(0.9, 1, 1, 10), 'status'],
      [{ ...training(0.9, 1, 1, 10), status: 'failed' }, 'end'],
    ];
    for (const [index, [run, type]] of life.entries()) {
      for (const [other, earlier] of life.entries()) {
        const isLater = isNews(run, type, eventId(...earlier));
        expect([index, other, isLater]).toEqual([index, other, index > other]);
      }
    }
  });

  it('say what the reader knows: a state or stage that goes on is no news, however far the run has come', () => {
    const last = eventId(training(0.1, 1, 1), 'progress');
    const later = training(0.9, 2, 1);
    expect([isNews(later, 'status', last), isNews(later, 'stage', last)]).toEqual([false, false]);
    expect(isNews(later, 'progress', last)).toBe(true);
    expect(isNews({ ...later, stage: 'evaluate' }, 'stage', last)).toBe(true);
    const elsewhere: TrainingRun = { ...training(0.1, 1, 1), stage: 'evaluate' };
    expect([isNews(elsewhere, 'stage', last), isNews(elsewhere, 'progress', last)]).toEqual([true, true]);
    expect(isNews({ ...later, status: 'failed' }, 'status', last)).toBe(true);
  });

  it.each([undefined, '', 'x', '1.2', '1.2.3.4.x', '-1.0.0.0.0', '1.1.1.1.1.1'])(
    'make everything news when there is none: %j',
    (text) => {
      expect(isNews(QUEUED, 'status', text)).toBe(true);
    },
  );
});
