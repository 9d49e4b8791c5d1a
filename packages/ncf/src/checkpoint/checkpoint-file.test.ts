import { expect, test } from '@jest/globals';
import type { CheckpointOrigin } from '@sommelier/contracts';
import { exampleManifest } from '@sommelier/contracts/testing';
import { randomParameters } from '../engine/testing/neumf-case.ts';
import { encodeSafetensors } from '../model-file/safetensors.ts';
import { checkpointParts, decodeCheckpoint } from './checkpoint-file.ts';
import type { TrainingCheckpoint } from './training-checkpoint.ts';

const ORIGIN: CheckpointOrigin = {
  snapshotSha256: 'a'.repeat(64),
  configSha256: 'b'.repeat(64),
  engine: 'wasm simd, 2 threads',
  codeRevision: 'unknown',
  warmStart: '20260101T000001Z-0123456789ab',
};

const encode = (checkpoint: TrainingCheckpoint): Uint8Array =>
  new Uint8Array(Buffer.concat(checkpointParts(checkpoint, ORIGIN)));
const CHECKPOINT: TrainingCheckpoint = {
  evaluated: {
    metrics: exampleManifest(1).metrics,
    leaveOneOut: { users: 3, popularity: { mean: 0.1, low: -0.1, high: 0.3 } },
  },
  judged: null,
  fit: {
    phase: 'search',
    pairsSha256: 'c'.repeat(64),
    epochsDone: 2,
    search: { pretraining: null, validationNdcg: [0.1 + 0.2, 1 / 3] },
    bestParameters: randomParameters(3, [4, 2], 5),
    state: new Map<string, Float32Array | Float64Array>([
      ['users', Float32Array.of(1, -0, 1e-42)],
      ['betaPowers', Float64Array.of(0.9 ** 7, 0.999 ** 7)],
    ]),
  },
};

test('what is written is read, to the bit', () => {
  const read = decodeCheckpoint(encode(CHECKPOINT));
  expect(read).toEqual({ checkpoint: CHECKPOINT, origin: ORIGIN });
  const between: TrainingCheckpoint = { ...CHECKPOINT, fit: null };
  expect(decodeCheckpoint(encode(between)).checkpoint).toEqual(between);
});

test.each([
  ['another format', { formatVersion: 2 }],
  ['no origin', { origin: undefined }],
  ['a search without its findings', { fit: { ...CHECKPOINT.fit, search: null } }],
])('a header with %s is refused', (_, change) => {
  const header = {
    formatVersion: 1,
    origin: ORIGIN,
    evaluated: null,
    judged: null,
    fit: null,
    bestShape: null,
  };
  const text = new TextEncoder().encode(JSON.stringify({ ...header, ...change }));
  const bytes = encodeSafetensors(new Map([['header', { dtype: 'U8', shape: [text.length], data: text }]]));
  expect(() => decodeCheckpoint(bytes)).toThrow(expect.objectContaining({ code: 'model-file-invalid' }));
});

test('a file that is cut off, or no checkpoint at all, is refused', () => {
  const bytes = encode(CHECKPOINT);
  for (const size of [0, 4, 100, bytes.length - 1]) {
    expect(() => decodeCheckpoint(bytes.slice(0, size))).toThrow(
      expect.objectContaining({ code: 'model-file-invalid' }),
    );
  }
  expect(() => decodeCheckpoint(encodeSafetensors(new Map()))).toThrow('header is missing');
});
