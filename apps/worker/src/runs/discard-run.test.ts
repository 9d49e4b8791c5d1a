import { expect, test } from '@jest/globals';
import { modelKey, snapshotKey } from '@sommelier/platform';
import { memoryArtifacts } from '../testing/memory-artifacts.ts';
import { discardCancelledRun } from './discard-run.ts';

const SNAPSHOT = 'a'.repeat(64);
const VERSION = '20260101T000001Z-0123456789ab';

/** A cancelled run `r` with a version and a snapshot. */
async function cancelled(options: { snapshot?: string; activatedByHand?: boolean; usedByAnother?: boolean }) {
  const { store: artifacts, keys } = memoryArtifacts();
  await artifacts.put(snapshotKey(SNAPSHOT), new Uint8Array(1));
  await artifacts.put(modelKey(VERSION), new Uint8Array(1));
  let isThere = true;
  const database = {
    trainingRuns: {
      get: async () => ({ status: 'cancelled' }),
      snapshotOf: async () => options.snapshot,
      snapshotsInUse: async () => (options.usedByAnother ? [SNAPSHOT] : []),
      dropSnapshot: async () => true,
    },
    models: {
      candidatesOf: async () => [{ version: VERSION }],
      deleteCandidate: async () => {
        isThere = options.activatedByHand === true;
        return !isThere;
      },
      versionsOf: async () => (isThere ? [VERSION] : []),
    },
  } as unknown as Parameters<typeof discardCancelledRun>[0]['database'];
  await discardCancelledRun({ database, artifacts }, 'r');
  return keys();
}

test('nothing is left of a cancelled run', async () => {
  expect(await cancelled({ snapshot: SNAPSHOT })).toEqual([]);
});

test('a version that was activated by hand keeps its files and the snapshot that it was trained on', async () => {
  expect(await cancelled({ snapshot: SNAPSHOT, activatedByHand: true })).toEqual([
    modelKey(VERSION),
    snapshotKey(SNAPSHOT),
  ]);
});

test('a snapshot that is another run’s stays, as does one that the run only read to verify a version', async () => {
  expect(await cancelled({ snapshot: SNAPSHOT, usedByAnother: true })).toEqual([snapshotKey(SNAPSHOT)]);
  expect(await cancelled({})).toEqual([snapshotKey(SNAPSHOT)]);
});
