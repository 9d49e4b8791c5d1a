import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { FaultKind } from '../../benchmarks/chaos/fault.ts';
import { lineOf } from '../../benchmarks/chaos/record.ts';
import { faultOf } from '../../benchmarks/chaos/schedule.ts';
import { Stage } from '../../benchmarks/chaos/stage.ts';

jest.setTimeout(300_000);

const LOCK_MS = 2_000;
const REPLICAS = 2;
const KINDS: readonly FaultKind[] = ['kill-worker', 'kill-api', 'redis-restart', 'client-kill', 'model-file'];
const SETTINGS = { kinds: KINDS, seed: 11, lockMs: LOCK_MS, databaseDownMs: 2_000, replicas: REPLICAS };

let folder = '';
let stage: Stage | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-chaos-'));
  const place = { folder, logFolder: join(folder, 'logs') };
  stage = await Stage.open({ ...place, replicas: REPLICAS, workers: 2, lockMs: LOCK_MS, seed: 11 });
});
afterAll(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

// A few rounds of `npm run chaos`, one of each kind that takes seconds: the real processes, killed for real.
it('recovers from a killed worker, replica and Redis, from lost messages and from a damaged model', async () => {
  for (let round = 0; round < KINDS.length; round++) {
    const record = await stage!.play(round, faultOf(SETTINGS, round));
    expect({ fault: lineOf(record), violations: record.violations }).toMatchObject({ violations: [] });
    expect(record.reads).toBeGreaterThan(0);
    // Where the run waits for the kill and not the other way round, the fault must have met it.
    if (record.kind === 'kill-worker')
      expect({ fault: lineOf(record), met: record.met }).toMatchObject({ met: true });
  }
});
