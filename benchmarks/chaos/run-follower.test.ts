import { describe, expect, it } from '@jest/globals';
import { RunFollower } from './run-follower.ts';

const never = new AbortController().signal;

function follower(...lines: [worker: string, message: string, timeMs: number][]): RunFollower {
  const followed = new RunFollower();
  for (const [worker, message, timeMs] of lines) {
    followed.see(worker, { pid: 1, timeMs, message, runId: 'r' });
  }
  return followed;
}

describe('RunFollower', () => {
  it('finds a stage that has begun, or a later one, and who has it', async () => {
    const runs = follower(['w1', 'took a job', 0], ['w1', 'Reading events', 5], ['w1', 'Evaluating', 30]);
    const found = await runs.reached('r', { stage: 'train' }, { after: 0, signal: never });
    expect(found).toEqual({ stage: 'evaluate', worker: 'w1', atMs: 30 });
    expect(runs.taken('r')).toBe(1);
  });

  it('waits for the next attempt where the first one has been seen', async () => {
    const runs = follower(['w1', 'Reading events', 5], ['w1', 'Evaluating', 30]);
    const next = runs.reached('r', { stage: 'read' }, { after: runs.begun('r'), signal: never });
    runs.see('w1', { pid: 1, timeMs: 40, message: 'Evaluating', runId: 'another' });
    runs.see('w2', { pid: 2, timeMs: 50, message: 'Reading the snapshot of an earlier attempt', runId: 'r' });
    expect(await next).toMatchObject({ stage: 'read', worker: 'w2' });
  });

  it('tells when a stage is over, also when that is the end of the run', async () => {
    const runs = follower(['w1', 'Reading events', 5]);
    const over = runs.passed('r', never);
    runs.see('w1', { pid: 1, timeMs: 9, message: 'Evaluating', runId: 'r' });
    await over;
    expect(runs.at('r')).toBe('evaluate');
    const end = runs.passed('r', never);
    runs.see('w1', { pid: 1, timeMs: 12, message: 'finished a job', runId: 'r' });
    await end;
    expect([runs.at('r'), runs.at('unknown')]).toEqual(['its end', 'the queue']);
  });

  it('gives up when the run has ended', async () => {
    const over = new AbortController();
    const waiting = new RunFollower().reached('r', { stage: 'gate' }, { after: 0, signal: over.signal });
    over.abort();
    expect(await waiting).toBeUndefined();
  });

  it('knows who has a run until it is done, and how long that took', () => {
    const runs = follower(['w1', 'took a job', 100], ['w2', 'took a job', 400]);
    expect(runs.holder).toEqual({ worker: 'w2', takenAtMs: 400 });
    expect(runs.durationMs('r')).toBeUndefined();
    runs.see('w2', { pid: 2, timeMs: 650, message: 'finished a job', runId: 'r' });
    expect(runs.holder).toBeUndefined();
    expect(runs.durationMs('r')).toBe(250);
  });

  it('learns how long each stage takes', () => {
    const runs = follower(
      ['w1', 'Reading events', 100],
      ['w1', 'Preparing 5,400 events', 130],
      ['w1', 'finished a job', 180],
    );
    runs.learn('r');
    expect([runs.usualMs('read'), runs.usualMs('prepare'), runs.usualMs('gate')]).toEqual([30, 50, 0]);
  });
});
