import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createLogger, type TrainingRunPatch } from '@sommelier/platform';
import { createRunReporter, RunTakenOver } from './run-reporter.ts';

/** A reporter on a row and a job that only remember; `owned` says whether the row is still this attempt's. */
function reporter(options: { owned?: () => boolean; delayMs?: number } = {}) {
  const patches: TrainingRunPatch[] = [];
  const lines: string[] = [];
  const taken: unknown[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const made = createRunReporter({
    runId: 'r1',
    attempt: 2,
    trainingRuns: {
      async update(id, attempt, patch) {
        expect([id, attempt]).toEqual(['r1', 2]);
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        await sleep(options.delayMs ?? 0);
        atOnce--;
        if (options.owned?.() === false) return false;
        patches.push(patch);
        return true;
      },
    },
    job: {
      updateProgress: async () => {},
      log: async (line: string) => lines.push(line),
    },
    logger: createLogger('test', 'silent'),
    onTakenOver: (error) => taken.push(error),
  });
  return { ...made, patches, lines, taken, mostAtOnce: () => mostAtOnce };
}

const at = (fraction: number) => ({ stage: 'train' as const, fraction, message: 'on' });

describe('createRunReporter', () => {
  test('writes the first progress at once, then only the newest, never two at a time', async () => {
    const { progress, flush, stop, patches, mostAtOnce } = reporter({ delayMs: 20 });
    for (let i = 1; i <= 50; i++) progress(at(i / 100));
    await sleep(50);
    for (let i = 51; i <= 100; i++) progress(at(i / 100));
    await flush();
    stop();
    expect(patches.map((patch) => patch.progress?.fraction)).toEqual([0.01, 1]);
    expect(mostAtOnce()).toBe(1);
  });

  test('writes again after a second without being asked', async () => {
    const { progress, stop, patches } = reporter();
    progress(at(0.1));
    progress(at(0.2));
    await sleep(1_200);
    stop();
    expect(patches.map((patch) => patch.progress?.fraction)).toEqual([0.1, 0.2]);
  });

  test('writes on after a pause in which there was nothing to write', async () => {
    const { progress, stop, patches } = reporter();
    progress(at(0.1));
    await sleep(1_200);
    progress(at(0.2));
    await sleep(50);
    stop();
    expect(patches.map((patch) => patch.progress?.fraction)).toEqual([0.1, 0.2]);
  });

  test('says when the row is another attempt’s', async () => {
    const { progress, patch, flush, stop, taken } = reporter({ owned: () => false });
    progress(at(0.1));
    await flush();
    expect(taken).toEqual([expect.any(RunTakenOver)]);
    await expect(patch({ status: 'failed' })).rejects.toThrow(RunTakenOver);
    stop();
  });

  test('keeps log lines in order and writes none after the stop', async () => {
    const { log, flush, stop, lines } = reporter();
    log('one');
    log('two');
    await flush();
    stop();
    log('three');
    await sleep(10);
    expect(lines).toEqual(['one', 'two']);
  });
});
