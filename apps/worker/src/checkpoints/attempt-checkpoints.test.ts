import { expect, test } from '@jest/globals';
import type { CheckpointOrigin } from '@sommelier/contracts';
import { sha256Hex } from '@sommelier/ncf';
import { checkpointParts, type TrainingCheckpoint } from '@sommelier/ncf/training';
import { checkpointKey } from '@sommelier/platform';
import { memoryArtifacts } from '../testing/memory-artifacts.ts';
import { openCheckpoints } from './attempt-checkpoints.ts';

const ORIGIN: CheckpointOrigin = {
  snapshotSha256: 'a'.repeat(64),
  configSha256: 'b'.repeat(64),
  engine: 'wasm simd, 2 threads',
  codeRevision: 'one',
  warmStart: null,
};

function after(epochsDone: number): TrainingCheckpoint {
  const state = new Map([['users', Float32Array.of(epochsDone)]]);
  const search = { pretraining: null, validationNdcg: [] };
  const fit = { phase: 'search', pairsSha256: 'c'.repeat(64), epochsDone, search } as const;
  return { evaluated: null, judged: null, fit: { ...fit, state, bestParameters: undefined } };
}

/** A store, and attempts at the run `r` that share a clock. */
function site(failsAt?: (key: string) => boolean) {
  const { store: artifacts, keys } = memoryArtifacts(failsAt);
  const clock = { ms: 0 };
  const log: string[] = [];
  return {
    artifacts,
    keys,
    clock,
    log,
    open: (attempt: number, change: { origin?: Partial<CheckpointOrigin>; everyMs?: number } = {}) =>
      openCheckpoints({
        artifacts,
        runId: 'r',
        attempt,
        origin: { ...ORIGIN, ...change.origin },
        everyMs: change.everyMs ?? 0,
        log: (line) => void log.push(line),
        nowMs: () => clock.ms,
      }),
  };
}

test('the next attempt has the newest one, and each takes the place of those before it', async () => {
  const { open, keys } = site();
  const first = await open(1);
  expect(first.takeEarlier()).toBeUndefined();
  await first.save(after(1));
  await first.save(after(2));
  expect(keys()).toHaveLength(1);
  const second = await open(2);
  expect(second.takeEarlier()).toEqual(after(2));
  expect(second.takeEarlier()).toBeUndefined();
  await second.save(after(3));
  expect(keys()).toEqual([
    expect.stringMatching(/^checkpoints\/r\/000002-000001-[0-9a-f]{64}\.safetensors$/),
  ]);
  // The first attempt was frozen, and does not know that it was taken over.
  await first.save(after(3));
  expect((await open(3)).takeEarlier()).toEqual(after(3));
  expect(keys()).toHaveLength(2);
});

test('one that is damaged is left aside for the one before it', async () => {
  const { open, artifacts, log } = site();
  await (await open(1)).save(after(1));
  const bytes = new Uint8Array(Buffer.concat(checkpointParts(after(2), ORIGIN)));
  const key = checkpointKey('r', { attempt: 1, number: 7, sha256: sha256Hex(bytes) });
  bytes[bytes.length - 1]! ^= 1;
  await artifacts.put(key, bytes);
  const cut = checkpointKey('r', { attempt: 1, number: 8, sha256: sha256Hex(bytes.slice(0, 99)) });
  await artifacts.put(cut, bytes.slice(0, 99));
  expect((await open(2)).takeEarlier()).toEqual(after(1));
  expect(log).toEqual([
    expect.stringMatching(/^Warning: the checkpoint .*-000008-.* is left aside: /),
    expect.stringMatching(
      /^Warning: the checkpoint .*-000007-.* is left aside: its bytes do not have the hash/,
    ),
    expect.stringMatching(/^Going on from the checkpoint .*-000001-/),
  ]);
});

test.each([
  ['snapshotSha256', 'd'.repeat(64)],
  ['configSha256', 'd'.repeat(64)],
  ['engine', 'wasm simd, 3 threads'],
  ['codeRevision', 'two'],
  ['warmStart', '20260101T000001Z-0123456789ab'],
])('one of another %s is left aside, and the log says so', async (part, value) => {
  const { open, log } = site();
  await (await open(1)).save(after(1));
  expect((await open(2, { origin: { [part]: value } })).takeEarlier()).toBeUndefined();
  expect(log).toEqual([expect.stringContaining(`is left aside: its ${part} is `)]);
});

test('they come at intervals, and the longer the more one costs', async () => {
  const { open, clock, artifacts } = site();
  const { isDue, save } = await open(1, { everyMs: 1_000 });
  clock.ms = 999;
  expect(isDue()).toBe(false);
  clock.ms = 1_000;
  expect(isDue()).toBe(true);
  await save(after(1));
  clock.ms = 1_999;
  expect(isDue()).toBe(false);
  clock.ms = 2_000;
  expect(isDue()).toBe(true);
  const put = artifacts.put;
  artifacts.put = async (key, bytes) => {
    clock.ms += 500;
    await put(key, bytes);
  };
  await save(after(2));
  clock.ms += 9_999;
  expect(isDue()).toBe(false);
  clock.ms += 1;
  expect(isDue()).toBe(true);
});

test('a full disk costs the checkpoint, not the training, and leaves the one before', async () => {
  const { open, log } = site((key) => key.includes('000002-000001'));
  await (await open(1)).save(after(1));
  const second = await open(2);
  await second.save(after(2));
  expect(log.at(-1)).toMatch(/^A checkpoint could not be kept, and the training goes on: .*no space/);
  expect((await open(3)).takeEarlier()).toEqual(after(1));
});
