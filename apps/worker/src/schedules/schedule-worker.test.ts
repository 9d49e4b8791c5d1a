import { describe, expect, test } from '@jest/globals';
import { configSchema, type Schedule, SommelierError, scheduleSchema } from '@sommelier/contracts';
import { createLogger } from '@sommelier/platform';
import { reconcileSchedules } from './reconcile-schedules.ts';
import { handleTick, type ScheduleParts } from './schedule-worker.ts';

function schedule(change: Partial<Schedule> = {}): Schedule {
  return scheduleSchema.parse({
    name: 'nightly',
    cron: '0 3 * * *',
    request: { training: { epochs: 7 } },
    priority: 2,
    createdAtMs: 1,
    updatedAtMs: 1,
    lastTickAtMs: null,
    lastRunId: null,
    lastError: null,
    ...change,
  });
}

/** Everything that a tick touches; what happened is written into `seen`. */
function parts(row: Schedule | undefined, fails = false) {
  const seen: unknown[] = [];
  const made: ScheduleParts = {
    database: {
      schedules: {
        get: async () => row,
        ticked: async (name: string, tick: unknown) => void seen.push(['ticked', name, tick]),
      },
      trainingRuns: {
        createOrJoin: async (request: { training: { epochs: number } }, _nowMs: number, priority: number) => {
          seen.push(['run', request.training.epochs, priority]);
          return { run: { id: 'r1', priority }, created: true };
        },
        failQueued: async () => void seen.push(['failed']),
      },
    } as unknown as ScheduleParts['database'],
    queue: {
      async enqueue(runId) {
        if (fails) throw new SommelierError('queue-unavailable', 'away');
        seen.push(['enqueued', runId]);
      },
      setPriority: async () => {},
    },
    scheduleQueue: {
      remove: async (name) => void seen.push(['removed', name]),
      startLater: async (...later) => void seen.push(['later', ...later]),
    },
    config: configSchema.parse({}),
    logger: createLogger('test', 'silent'),
    nowMs: () => 50,
    random: () => 0.25,
  };
  return { made, seen };
}

describe('handleTick', () => {
  test('starts a run of the schedule’s configuration and priority, and writes down which', async () => {
    const { made, seen } = parts(schedule());
    await handleTick(made, { schedule: 'nightly' }, 40);
    expect(seen).toEqual([
      ['run', 7, expect.objectContaining({ priority: 2 })],
      ['enqueued', 'r1'],
      ['ticked', 'nightly', { atMs: 50, runId: 'r1', error: null }],
    ]);
  });

  test('waits a random share of the jitter first, and then starts without another wait', async () => {
    const { made, seen } = parts(schedule({ jitterSeconds: 60 }));
    await handleTick(made, { schedule: 'nightly' }, 40);
    expect(seen).toEqual([['later', 'nightly', 40, 15_000]]);
    await handleTick(made, { schedule: 'nightly', due: true }, 40);
    expect(seen[1]).toEqual(['run', 7, expect.objectContaining({ priority: 2 })]);
  });

  test.each([undefined, schedule({ enabled: false })])(
    'does nothing without a schedule that is enabled',
    async (row) => {
      const { made, seen } = parts(row);
      await handleTick(made, { schedule: 'nightly' }, 40);
      expect(seen).toEqual([['removed', 'nightly']]);
    },
  );

  test('writes down what went wrong', async () => {
    const queueAway = parts(schedule(), true);
    await expect(handleTick(queueAway.made, { schedule: 'nightly' }, 40)).rejects.toThrow('away');
    expect(queueAway.seen.at(-1)).toMatchObject([
      'ticked',
      'nightly',
      { runId: null, error: { code: 'queue-unavailable' } },
    ]);
    const wrong = parts(schedule({ request: { training: { epochs: -1 } } }));
    await expect(handleTick(wrong.made, { schedule: 'nightly' }, 40)).rejects.toMatchObject({
      code: 'invalid-config',
    });
    expect(wrong.seen).toMatchObject([['ticked', 'nightly', { error: { code: 'invalid-config' } }]]);
  });
});

test('reconcileSchedules writes what is missing or changed, removes what is gone, and touches nothing else', async () => {
  const rows = [
    schedule({ name: 'same' }),
    schedule({ name: 'changed', timeZone: 'Europe/Berlin' }),
    schedule({ name: 'missing' }),
    schedule({ name: 'off', enabled: false }),
  ];
  const known = ['same', 'changed', 'off', 'gone'].map((name) => ({
    name,
    cron: '0 3 * * *',
    timeZone: 'UTC',
  }));
  const seen: unknown[] = [];
  await reconcileSchedules({
    database: { schedules: { list: async () => rows } as unknown as ScheduleParts['database']['schedules'] },
    scheduleQueue: {
      scheduled: async () => known,
      upsert: async ({ name }) => void seen.push(['upsert', name]),
      remove: async (name) => void seen.push(['remove', name]),
    },
  });
  expect(seen).toEqual([
    ['upsert', 'changed'],
    ['upsert', 'missing'],
    ['remove', 'off'],
    ['remove', 'gone'],
  ]);
});
