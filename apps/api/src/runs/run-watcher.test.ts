import { describe, expect, it } from '@jest/globals';
import type { TrainingRun } from '@sommelier/contracts';
import { createLogger } from '@sommelier/platform';
import { RunWatcher } from './run-watcher.ts';

/** A row whose looks the test answers by hand: each waits until it is answered. */
function watched() {
  const looks: ((run: TrainingRun | Error | undefined) => void)[] = [];
  let onLook: () => void = () => {};
  const watcher = new RunWatcher({
    read: () =>
      new Promise((resolve, reject) => {
        looks.push((run) => (run instanceof Error ? reject(run) : resolve(run)));
        onLook();
      }),
    logger: createLogger('test', 'silent'),
    pollMs: 1,
  });
  const lookedAt = (times: number) =>
    new Promise<void>((resolve) => {
      onLook = () => {
        if (looks.length >= times) resolve();
      };
      onLook();
    });
  return { watcher, looks, lookedAt };
}

const run = (status: TrainingRun['status']) => ({ id: 'r', status }) as TrainingRun;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('RunWatcher', () => {
  it('looks once for all who watch, again after a failure, and no more when the run has ended', async () => {
    const { watcher, looks, lookedAt } = watched();
    const heard: string[] = [];
    watcher.watch('r', ({ status }) => heard.push(`a ${status}`));
    watcher.watch('r', ({ status }) => heard.push(`b ${status}`));
    await lookedAt(1);
    looks[0]?.(run('running'));
    await lookedAt(2);
    expect(heard).toEqual(['a running', 'b running']);
    looks[1]?.(new Error('the database is away'));
    await lookedAt(3);
    expect(heard).toHaveLength(2);
    looks[2]?.(run('succeeded'));
    await settled();
    expect(heard.slice(2)).toEqual(['a succeeded', 'b succeeded']);
    // Somebody new is told, too, by a look of their own.
    watcher.watch('r', ({ status }) => heard.push(`c ${status}`));
    await lookedAt(4);
    looks[3]?.(run('succeeded'));
    await settled();
    expect(heard.slice(4)).toEqual(['c succeeded']);
    expect(looks).toHaveLength(4);
  });

  it('stops when nobody watches any more, and begins anew when somebody does', async () => {
    const { watcher, looks, lookedAt } = watched();
    const heard: string[] = [];
    const stop = watcher.watch('r', () => heard.push('gone'));
    await lookedAt(1);
    stop();
    watcher.watch('r', () => heard.push('new'));
    await lookedAt(2);
    looks[0]?.(run('running'));
    looks[1]?.(run('cancelled'));
    await settled();
    expect(heard).toEqual(['new']);
    expect(looks).toHaveLength(2);
  });
});
