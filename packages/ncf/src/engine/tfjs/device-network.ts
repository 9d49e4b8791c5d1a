import type { TrainingConfig } from '@sommelier/contracts';
import type { Tensor2D } from '@tensorflow/tfjs';
import { adamStepSize } from '../adam.ts';
import type { Batch } from '../batch.ts';
import { mlpEmbeddingWidth, type NeuMFParameters, type NeuMFShape } from '../neumf-parameters.ts';
import type { EngineState } from '../training-engine.ts';
import { type DensePart, denseArrays, denseParts, fromDenseArrays } from './dense-parts.ts';
import { DeviceErrors } from './device-errors.ts';
import { requireDeviceFits } from './device-limits.ts';
import { denseGradients, sampleTensors, toGraphInput } from './graph-tensors.ts';
import type { Network } from './network.ts';
import { lossAndGradients } from './neumf-graph.ts';
import { type ColumnGroup, PackedTable } from './packed-table.ts';
import { rowCapacity } from './row-capacity.ts';
import type { RowUpdate } from './row-update.ts';
import { ScatterUpdate } from './scatter-update.ts';
import { tensorflow as tf } from './tensorflow.ts';
import { WebGpuUpdate } from './webgpu-update.ts';

/**
 * Parameters, moments and the optimiser on the backend's device. A step uploads the batch's samples and row lists and
 * reads nothing back: on WebGPU and CUDA it returns while the device still works, and the host draws the next batch
 * meanwhile. The loss is summed on the device in float32 and read when it is taken.
 *
 * The updates are those of `NeuMFOptimiser`. On WebGPU a shader of our own updates the tables in place; elsewhere rows
 * are scattered into a copy of the table.
 */
export class DeviceNetwork implements Network {
  /** Also bounds how far the host runs ahead of the device: to twice this, and one batch. */
  readonly samplesBetweenReports = 2 ** 18;
  readonly #shape: NeuMFShape;
  #learningRate: number;
  readonly #update: RowUpdate;
  readonly #users: PackedTable;
  readonly #items: PackedTable;
  readonly #parts: readonly DensePart[];
  /** All dense tensors as one row. */
  readonly #dense: PackedTable;
  readonly #denseRow: Tensor2D;
  readonly #errors = new DeviceErrors();
  #loss: tf.Tensor;
  #step = 0;

  constructor(parameters: NeuMFParameters, { learningRate, l2 }: TrainingConfig) {
    const { shape } = parameters;
    requireDeviceFits(shape);
    // Making the tables counts as the first epoch's work.
    this.#errors.listen();
    this.#shape = shape;
    this.#learningRate = learningRate;
    this.#update = tf.getBackend() === 'webgpu' ? new WebGpuUpdate() : new ScatterUpdate();
    const width = mlpEmbeddingWidth(shape);
    const table = (rowCount: number, gmf: Float32Array, mlp: Float32Array) => {
      const groups: ColumnGroup[] = [{ values: gmf, width: shape.factors, l2 }];
      if (width > 0) groups.push({ values: mlp, width, l2 });
      return new PackedTable(rowCount, groups, this.#update);
    };
    this.#users = table(shape.userCount, parameters.userGmf, parameters.userMlp);
    this.#items = table(shape.itemCount, parameters.itemGmf, parameters.itemMlp);
    this.#parts = denseParts(shape);
    const arrays = denseArrays(parameters);
    const denseGroups = this.#parts.map(({ penalised }, index) => {
      const values = arrays[index]!;
      return { values, width: values.length, l2: penalised ? l2 : 0 };
    });
    this.#dense = new PackedTable(1, denseGroups, this.#update);
    this.#denseRow = tf.tensor2d([0], [1, 1], 'int32');
    this.#loss = tf.scalar(0);
  }

  startEpoch(learningRate: number): void {
    this.#learningRate = learningRate;
    this.#loss.dispose();
    this.#loss = tf.scalar(0);
  }

  async step(batch: Batch): Promise<void> {
    this.#step++;
    const stepSize = adamStepSize(this.#learningRate, this.#step);
    tf.tidy(() => {
      const userRows = paddedRows(batch.userRows, this.#users.rowCount);
      const itemRows = paddedRows(batch.itemRows, this.#items.rowCount);
      const [userGmf, userMlp] = this.#users.gather(userRows);
      const [itemGmf, itemMlp] = this.#items.gather(itemRows);
      const rows = { userGmf: userGmf!, itemGmf: itemGmf!, userMlp, itemMlp };
      const dense = this.#dense.gather(this.#denseRow).map((row, index) => inShape(row, this.#parts[index]!));
      const output = lossAndGradients(toGraphInput(sampleTensors(batch), rows, dense));
      const { tower } = output;
      this.#users.apply(userRows, tower ? [output.userGmf, tower.userMlp] : [output.userGmf], stepSize);
      this.#items.apply(itemRows, tower ? [output.itemGmf, tower.itemMlp] : [output.itemGmf], stepSize);
      this.#dense.apply(this.#denseRow, denseGradients(output), stepSize);
      this.#addLoss(tf.mul(output.loss, batch.size));
    });
  }

  async takeLoss(): Promise<number> {
    const taken = this.#loss;
    this.#loss = tf.scalar(0);
    try {
      const [[loss]] = await Promise.all([taken.data(), this.#errors.check()]);
      return loss!;
    } finally {
      taken.dispose();
    }
  }

  async parameters(): Promise<NeuMFParameters> {
    const none = new Float32Array(0);
    const [[userGmf, userMlp = none], [itemGmf, itemMlp = none], dense] = await Promise.all([
      this.#users.read(),
      this.#items.read(),
      this.#dense.read(),
    ]);
    return {
      shape: this.#shape,
      userGmf: userGmf!,
      itemGmf: itemGmf!,
      userMlp,
      itemMlp,
      ...fromDenseArrays(this.#shape, dense),
    };
  }

  async state(): Promise<EngineState> {
    const tables = Object.entries(this.#tables).map(
      async ([name, table]) => [name, await table.readState()] as const,
    );
    return new Map<string, Float32Array | Float64Array>([
      ...(await Promise.all(tables)),
      ['step', Float64Array.of(this.#step)],
    ]);
  }

  restore(state: EngineState): boolean {
    const tables = Object.entries(this.#tables);
    const step = state.get('step')?.[0];
    const fits = tables.every(([name, { stateSize }]) => {
      const values = state.get(name);
      return values instanceof Float32Array && values.length === stateSize;
    });
    if (step === undefined || !fits) return false;
    for (const [name, table] of tables) table.writeState(state.get(name) as Float32Array);
    this.#step = step;
    return true;
  }

  get #tables(): Record<'users' | 'items' | 'dense', PackedTable> {
    return { users: this.#users, items: this.#items, dense: this.#dense };
  }

  dispose(): void {
    for (const table of [this.#users, this.#items, this.#dense]) table.dispose();
    this.#update.dispose();
    this.#errors.forget();
    tf.dispose([this.#denseRow, this.#loss]);
  }

  #addLoss(loss: tf.Tensor): void {
    const sum = tf.keep(tf.add(this.#loss, loss));
    this.#loss.dispose();
    this.#loss = sum;
  }
}

/**
 * A row `[1, width]` in the shape of its part. The wasm backend's fused product looks at the shape in which a bias was
 * made, which a reshape keeps and a sum (of one row) does not.
 */
function inShape(row: Tensor2D, { shape }: DensePart): tf.Tensor {
  return shape.length === 1 ? tf.sum(row, 0) : tf.reshape(row, [...shape]);
}

/** int32 `[capacity, 1]`: the rows, then the table's spare row as often as it takes. */
function paddedRows(rows: Uint32Array, spare: number): Tensor2D {
  const padded = new Int32Array(rowCapacity(rows.length)).fill(spare);
  padded.set(rows);
  return tf.tensor2d(padded, [padded.length, 1], 'int32');
}
