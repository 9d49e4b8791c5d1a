import { expect, test } from '@jest/globals';
import { type ModelList, runConfigSchema, type TrainingRun, type Verification } from '@sommelier/contracts';
import { modelTable } from './models-command.ts';
import { runTable } from './runs-command.ts';

test('models are shown with the active one marked, their quality, cost and files', () => {
  const model = (change: object, cpuSeconds?: number) => ({
    version: '20260101T000000Z-0123456789ab',
    status: 'archived',
    active: false,
    pinned: false,
    filesDeletedAtMs: null,
    manifest: {
      metrics: { neumf: { full: { ndcg: { mean: 0.12345 } } } },
      codeRevision: 'c'.repeat(40),
      cpuSeconds,
    },
    ...change,
  });
  const models = [
    model({ active: true, pinned: true }, 12.34),
    model({ status: 'rejected' }),
    model({ filesDeletedAtMs: 5 }),
  ];
  expect(modelTable({ active: null, models } as unknown as ModelList)).toBe(
    [
      '   VERSION                        STATUS    NDCG    CPU     FILES    CODE',
      '*  20260101T000000Z-0123456789ab  archived  0.1235  12.3 s  pinned   cccccccccccc',
      '   20260101T000000Z-0123456789ab  rejected  0.1235  -       kept     cccccccccccc',
      '   20260101T000000Z-0123456789ab  archived  0.1235  -       deleted  cccccccccccc',
    ].join('\n'),
  );
});

const REPRODUCED: Verification = {
  outcome: 'reproduced',
  reason: null,
  detail: 'The same.',
  bytes: null,
  metrics: [],
  codeRevision: null,
};

test('runs are shown with how far they are, and what came of them', () => {
  const run = (change: Partial<TrainingRun>): TrainingRun => ({
    id: 'r-1',
    status: 'running',
    stage: null,
    progress: null,
    request: runConfigSchema.parse({}),
    funnel: null,
    metrics: null,
    error: null,
    kind: 'train',
    modelVersion: null,
    verifies: null,
    verification: null,
    timings: null,
    attempts: 1,
    priority: 5,
    createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    startedAtMs: null,
    finishedAtMs: null,
    ...change,
  });
  const problem = { type: 't', title: 't', status: 422, detail: 'd', code: 'no-events' };
  const runs = [
    run({ progress: { stage: 'train', fraction: 0.299, message: '' } }),
    run({ status: 'failed', error: problem }),
    run({ status: 'succeeded', modelVersion: 'v' }),
    run({ status: 'running', kind: 'verify', verifies: 'v' }),
    run({ status: 'succeeded', kind: 'verify', verifies: 'v', verification: REPRODUCED }),
  ];
  expect(runTable(runs).split('\n')).toEqual([
    'RUN  STATUS     ASKED FOR (UTC)      DONE  RESULT',
    'r-1  running    2026-01-02T03:04:05  29%   -',
    'r-1  failed     2026-01-02T03:04:05  -     no-events',
    'r-1  succeeded  2026-01-02T03:04:05  -     v',
    'r-1  running    2026-01-02T03:04:05  -     verify v: -',
    'r-1  succeeded  2026-01-02T03:04:05  -     verify v: reproduced',
  ]);
});
