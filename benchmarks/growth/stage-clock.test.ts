import { describe, expect, test } from '@jest/globals';
import { StageClock } from './stage-clock.ts';

/** What a worker says in a run, each line with its time in milliseconds. */
const LOG: readonly (readonly [line: string, timeMs: number])[] = [
  ['waiting for training runs', 500],
  ['took a job', 1_000],
  ['Reading events', 2_500],
  ['Preparing 999,695 events', 5_500],
  ['weighted-types: keep events of the types view (1) -> kept 9 users', 6_000],
  ['557,915 interactions to train on', 6_500],
  ['Computing on wasm: no GPU was found', 7_000],
  ['Looking for the number of epochs', 7_500],
  ['search epoch 1/1: loss 0.5', 9_000],
  ['Evaluating', 10_500],
  ['Training the model to publish', 11_500],
  ['Writing the model file', 15_500],
  ['Publishing the model', 16_000],
  ['finished a job', 17_500],
];

function clockOf(lines: typeof LOG): StageClock {
  const clock = new StageClock();
  for (const [line, timeMs] of lines) clock.see(line, timeMs);
  return clock;
}

describe('StageClock', () => {
  test('divides a run into its stages, with both parts of the training together and start-up apart', () => {
    expect(clockOf(LOG).seconds()).toEqual({
      'start-up': 1.5 + 1,
      read: 3,
      prepare: 1,
      train: 3 + 4,
      evaluate: 1,
      publish: 2,
    });
  });

  test('knows what the run is at', () => {
    expect(clockOf(LOG.slice(0, 1)).period).toBeUndefined();
    expect(clockOf(LOG.slice(0, 2)).period).toBe('start-up');
    expect(clockOf(LOG.slice(0, 9)).period).toBe('train');
    expect(clockOf(LOG).period).toBeUndefined();
  });

  test('a log that does not show a stage is refused, not counted as no time', () => {
    const lines = LOG.filter(([line]) => line !== 'Evaluating');
    expect(() => clockOf(lines).seconds()).toThrow("The worker's log does not show evaluate");
  });
});
