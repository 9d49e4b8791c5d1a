import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adamStepSize, adamTensor, adamUpdateRows } from '../adam.ts';
import { acquireBackend } from './backend.ts';
import { PackedTable } from './packed-table.ts';
import { ScatterUpdate } from './scatter-update.ts';
import { tensorflow as tf } from './tensorflow.ts';

const WIDE = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const NARROW = Float32Array.of(-1, -2, -3, -4);
const ROWS = 4;

describe.each(['wasm', 'cpu'] as const)('a table of 4 rows on %s', (backend) => {
  let release: () => Promise<void>;
  beforeAll(async () => {
    release = await acquireBackend(backend);
  });
  afterAll(() => release());

  function make() {
    const update = new ScatterUpdate();
    const groups = [
      { values: WIDE, width: 2, l2: 0.1 },
      { values: NARROW, width: 1, l2: 0 },
    ];
    const table = new PackedTable(ROWS, groups, update);
    const dispose = () => {
      table.dispose();
      update.dispose();
    };
    return { table, dispose };
  }

  test('gathers rows by group; the spare row is zero', async () => {
    const { table, dispose } = make();
    const [wide, narrow] = tf.tidy(() => table.gather(tf.tensor2d([2, 4, 2], [3, 1], 'int32')));
    expect([...(await wide!.data())]).toEqual([5, 6, 0, 0, 5, 6]);
    expect([...(await narrow!.data())]).toEqual([-3, 0, -3]);
    tf.dispose([wide!, narrow!]);
    dispose();
  });

  test('updates the listed rows as the host does, each group with its own L2, and no other', async () => {
    const { table, dispose } = make();
    const wide = adamTensor(WIDE.slice());
    const narrow = adamTensor(NARROW.slice());
    const slopes = [
      Float32Array.of(0.5, -1, 2, 0.25),
      Float32Array.of(0.125, -3),
      // Of the spare row, by which the list is padded.
      Float32Array.of(0, 0, 0, 0),
      Float32Array.of(0, 0),
    ];
    [Uint32Array.of(3, 1), Uint32Array.of(1, 0), Uint32Array.of(3, 0)].forEach((rows, index) => {
      const stepSize = adamStepSize(0.1, index + 1);
      adamUpdateRows(wide, 2, rows, slopes[0]!, stepSize, 0.1);
      adamUpdateRows(narrow, 1, rows, slopes[1]!, stepSize, 0);
      tf.tidy(() => {
        const padded = tf.tensor2d([...rows, ROWS, ROWS], [4, 1], 'int32');
        const gradients = [
          tf.tensor2d([...slopes[0]!, ...slopes[2]!], [4, 2]),
          tf.tensor1d([...slopes[1]!, ...slopes[3]!]),
        ];
        table.apply(padded, gradients, stepSize);
      });
    });
    const [wideValues, narrowValues] = await table.read();
    wide.values.forEach((value, index) => {
      expect(wideValues![index]).toBeCloseTo(value, 5);
    });
    narrow.values.forEach((value, index) => {
      expect(narrowValues![index]).toBeCloseTo(value, 5);
    });
    // Row 2 was never listed.
    expect([...wideValues!.subarray(4, 6), narrowValues![2]]).toEqual([5, 6, -3]);
    const [spare] = tf.tidy(() => table.gather(tf.tensor2d([ROWS], [1, 1], 'int32')));
    expect([...(await spare!.data())]).toEqual([0, 0]);
    spare!.dispose();
    dispose();
  });

  test('holds its tensors until dispose', () => {
    const before = tf.memory().numTensors;
    const { dispose } = make();
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
