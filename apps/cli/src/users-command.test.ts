import { expect, it } from '@jest/globals';
import type { Erasure } from '@sommelier/contracts';
import { erasureLines } from './users-command.ts';

const RUNNING: Erasure = {
  id: 7,
  state: 'running',
  userHash: 'ab'.repeat(32),
  requestedAtMs: 1,
  finishedAtMs: null,
  eventsDeleted: 41,
  versionsReplaced: 2,
  versionsDeleted: 0,
  snapshotsDeleted: 1,
  filesDeleted: 3,
  filesToDelete: 2,
  replicas: { confirmed: 1, waitingFor: 1 },
};

it('says what is gone and what is waited for', () => {
  expect(erasureLines(RUNNING)).toEqual([
    `erasure 7 of the user with the SHA-256 ${'ab'.repeat(32)}`,
    'events deleted      41',
    'versions replaced   2',
    'versions deleted    0',
    'snapshots deleted   1',
    'files deleted       3 of 5',
    'replicas without    1 of 2',
    'waits for 1 replicas and 2 files: see /v1/erasures/7',
  ]);
});

it('says when it was finished', () => {
  const finished = { ...RUNNING, state: 'finished', finishedAtMs: Date.UTC(2026, 0, 2) } as const;
  expect(erasureLines(finished).at(-1)).toBe('finished at 2026-01-02T00:00:00.000Z');
});
