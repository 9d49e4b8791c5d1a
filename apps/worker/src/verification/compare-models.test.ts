import { expect, test } from '@jest/globals';
import { verificationSchema } from '@sommelier/contracts';
import { exampleManifest } from '@sommelier/contracts/testing';
import { compareModels, notReproducible, type Repetition } from './compare-models.ts';

const RECORDED = exampleManifest(1);
const same = (change: Partial<Repetition> = {}): Repetition => ({
  sha256: RECORDED.file.sha256,
  metrics: structuredClone(RECORDED.metrics),
  codeRevision: RECORDED.codeRevision,
  ...change,
});
const compare = (now: Repetition) => verificationSchema.parse(compareModels(RECORDED, now));

test('the same bytes and metrics are a reproduction, whatever the gate said', () => {
  const metrics = { ...RECORDED.metrics, gate: { outcome: 'first' } } as Repetition['metrics'];
  expect(compare(same({ metrics }))).toEqual({
    outcome: 'reproduced',
    reason: null,
    detail: 'Trained again from its snapshot, the model has the same bytes and metrics.',
    bytes: null,
    metrics: [],
    codeRevision: null,
  });
});

test('every difference is named with both values, in the last bit too', () => {
  const now = same({ sha256: 'c'.repeat(64), codeRevision: 'other' });
  now.metrics.neumf.full.ndcg.mean = 0.5 + Number.EPSILON;
  now.metrics.validationNdcg.push(0.4);
  expect(compare(now)).toEqual({
    outcome: 'differs',
    reason: null,
    detail:
      'Trained again from its snapshot, the model differs in the bytes of the model file and in 2 metrics, among them ' +
      'validationNdcg.3. It was trained by revision unknown of the code, and verified by other.',
    bytes: { recorded: 'b'.repeat(64), now: 'c'.repeat(64) },
    metrics: [
      { path: 'validationNdcg.3', recorded: null, now: 0.4 },
      { path: 'neumf.full.ndcg.mean', recorded: 0.5, now: 0.5 + Number.EPSILON },
    ],
    codeRevision: { recorded: 'unknown', now: 'other' },
  });
});

test('one metric alone makes a difference', () => {
  const now = same();
  now.metrics.epochs = 4;
  expect(compare(now)).toMatchObject({ outcome: 'differs', bytes: null });
  expect(compare(now).detail).toContain('differs in the metric epochs.');
});

test('what could not be trained again says why', () => {
  const verification = notReproducible(RECORDED, 'unknown', 'snapshot-missing', 'It is gone.');
  expect(verificationSchema.parse(verification)).toMatchObject({
    outcome: 'not-reproducible',
    reason: 'snapshot-missing',
    detail: 'It is gone.',
    codeRevision: null,
  });
});
