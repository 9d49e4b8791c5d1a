import { type DenseLayout, type MemoryPlan, padded, type TrainingSizes } from './memory-plan.ts';
import * as P from './plan.ts';

/** NeuMF's parameters in the layout that engines and the model file share. */
export interface NetworkParameters {
  /** `[users, factors]`, `[items, factors]` */
  readonly userGmf: Float32Array;
  readonly itemGmf: Float32Array;
  /** `[users, layers[0] / 2]`, `[items, layers[0] / 2]` */
  readonly userMlp: Float32Array;
  readonly itemMlp: Float32Array;
  /** `[out, in]` and `[out]` of each ReLU layer. */
  readonly mlp: readonly { readonly weight: Float32Array; readonly bias: Float32Array }[];
  /** `[factors + last layer's width]` */
  readonly outputWeight: Float32Array;
  /** `[1]` */
  readonly outputBias: Float32Array;
}

/** Rows of one side's tables: `[rows, factors]` and `[rows, layers[0] / 2]`. */
export interface TableRows {
  readonly gmf: Float32Array;
  readonly mlp: Float32Array;
}

/** Parameters whose tables are asked for some rows at a time, so that they need not be in memory twice. */
export interface ParameterSource {
  readonly dense: Pick<NetworkParameters, 'mlp' | 'outputWeight' | 'outputBias'>;
  /** Rows `from` to `to` of a side. */
  rows(side: 'user' | 'item', from: number, to: number): TableRows;
}

/**
 * Parameters and moments as they lie in the kernel's memory: of each side its records one after the other, and the
 * dense parameters with their two moments, `[3, dense count]`. Only for a kernel of the same sizes.
 */
export interface MemoryState {
  readonly users: Float32Array;
  readonly items: Float32Array;
  readonly dense: Float32Array;
}

/** Of a table, at once. */
const ROWS_WRITTEN = 16_384;

/**
 * Moves parameters between their common layout and the kernel's: a table row is one record, [GMF | MLP] with its two
 * moments behind it, every width padded with zeros to whole vectors; dense parameters are one vector in each thread.
 */
export class ParameterMemory {
  readonly #buffer: ArrayBufferLike;
  readonly #sizes: TrainingSizes;
  readonly #plan: MemoryPlan;

  constructor(buffer: ArrayBufferLike, sizes: TrainingSizes, plan: MemoryPlan) {
    this.#buffer = buffer;
    this.#sizes = sizes;
    this.#plan = plan;
  }

  /** Writes the parameters and zeroes all moments. */
  write({ dense, rows }: ParameterSource): void {
    const { userTable, itemTable, threadBlocks, network } = this.#plan;
    const { userCount, itemCount } = this.#sizes;
    this.#writeTable(userTable, userCount, (from, to) => rows('user', from, to));
    this.#writeTable(itemTable, itemCount, (from, to) => rows('item', from, to));
    const vector = this.#toVector(dense);
    for (const { addresses } of threadBlocks) {
      this.#numbers(addresses.get(P.T_ADDRESS_DENSE)!, network.dense.count).set(vector);
      this.#numbers(addresses.get(P.T_ADDRESS_DENSE_FIRST)!, network.dense.count).fill(0);
      this.#numbers(addresses.get(P.T_ADDRESS_DENSE_SECOND)!, network.dense.count).fill(0);
    }
  }

  /** Whole parameters as a source: views of them. */
  sourceOf(parameters: NetworkParameters): ParameterSource {
    const { userGmf, userMlp, itemGmf, itemMlp } = parameters;
    const { factors } = this.#sizes;
    const width = this.#mlpWidth;
    return {
      dense: parameters,
      rows(side, from, to) {
        const [gmf, mlp] = side === 'user' ? [userGmf, userMlp] : [itemGmf, itemMlp];
        return {
          gmf: gmf.subarray(from * factors, to * factors),
          mlp: mlp.subarray(from * width, to * width),
        };
      },
    };
  }

  read(): NetworkParameters {
    const { userTable, itemTable, threadBlocks, network } = this.#plan;
    const { userCount, itemCount } = this.#sizes;
    const dense = this.#numbers(threadBlocks[0]!.addresses.get(P.T_ADDRESS_DENSE)!, network.dense.count);
    const user = this.#readTable(userTable, userCount);
    const item = this.#readTable(itemTable, itemCount);
    return {
      userGmf: user.gmf,
      itemGmf: item.gmf,
      userMlp: user.mlp,
      itemMlp: item.mlp,
      ...this.#fromVector(dense),
    };
  }

  /** The tables are views, which the next step changes: a machine may have no room for a copy of them. */
  readState(): MemoryState {
    const dense = new Float32Array(3 * this.#plan.network.dense.count);
    this.#denseVectors(0).forEach((vector, place) => {
      dense.set(vector, place * vector.length);
    });
    return { users: this.#usersTable, items: this.#itemsTable, dense };
  }

  /** False when the state is of other sizes: then nothing is written. */
  writeState({ users, items, dense }: MemoryState): boolean {
    const { count } = this.#plan.network.dense;
    const fits =
      users.length === this.#usersTable.length &&
      items.length === this.#itemsTable.length &&
      dense.length === 3 * count;
    if (!fits) return false;
    this.#usersTable.set(users);
    this.#itemsTable.set(items);
    this.#plan.threadBlocks.forEach((_, thread) => {
      this.#denseVectors(thread).forEach((vector, place) => {
        vector.set(dense.subarray(place * count, (place + 1) * count));
      });
    });
    return true;
  }

  /** Whether every parameter is finite. The tables are read in place: a machine may have no room for a copy of them. */
  areFinite(): boolean {
    const { userTable, itemTable, threadBlocks, network } = this.#plan;
    const { userCount, itemCount } = this.#sizes;
    const { mlp, outputWeight, outputBias } = this.#fromVector(
      this.#numbers(threadBlocks[0]!.addresses.get(P.T_ADDRESS_DENSE)!, network.dense.count),
    );
    const vectors = [...mlp.flatMap(({ weight, bias }) => [weight, bias]), outputWeight, outputBias];
    return (
      vectors.every((vector) => vector.every(Number.isFinite)) &&
      this.#isFiniteTable(userTable, userCount) &&
      this.#isFiniteTable(itemTable, itemCount)
    );
  }

  /** What the first thread's last step left of gradients, as whole tensors. */
  readGradients(): NetworkParameters {
    const { threadBlocks, network } = this.#plan;
    const { addresses, block } = threadBlocks[0]!;
    const { userCount, itemCount } = this.#sizes;
    const dense = this.#numbers(addresses.get(P.T_ADDRESS_DENSE_GRADIENT)!, network.dense.count);
    const user = this.#readGradientRows(block, addresses, P.T_SIDES, userCount);
    const item = this.#readGradientRows(block, addresses, P.T_SIDES + P.SIDE_BYTES, itemCount);
    return {
      userGmf: user.gmf,
      itemGmf: item.gmf,
      userMlp: user.mlp,
      itemMlp: item.mlp,
      ...this.#fromVector(dense),
    };
  }

  #numbers(address: number, count: number): Float32Array {
    return new Float32Array(this.#buffer, address, count);
  }

  get #usersTable(): Float32Array {
    return this.#numbers(this.#plan.userTable, this.#sizes.userCount * 3 * this.#plan.network.rowWidth);
  }

  get #itemsTable(): Float32Array {
    return this.#numbers(this.#plan.itemTable, this.#sizes.itemCount * 3 * this.#plan.network.rowWidth);
  }

  /** A thread's copy of the dense parameters, and of their first and second moments. */
  #denseVectors(thread: number): Float32Array[] {
    const { threadBlocks, network } = this.#plan;
    const { addresses } = threadBlocks[thread]!;
    return [P.T_ADDRESS_DENSE, P.T_ADDRESS_DENSE_FIRST, P.T_ADDRESS_DENSE_SECOND].map((field) =>
      this.#numbers(addresses.get(field)!, network.dense.count),
    );
  }

  /** Width of one side's MLP embedding. */
  get #mlpWidth(): number {
    return (this.#sizes.layers[0] ?? 0) / 2;
  }

  #writeTable(address: number, rowCount: number, rows: (from: number, to: number) => TableRows): void {
    const { rowWidth, gmfWidth } = this.#plan.network;
    const { factors } = this.#sizes;
    const stride = 3 * rowWidth;
    const table = this.#numbers(address, rowCount * stride);
    table.fill(0);
    for (let from = 0; from < rowCount; from += ROWS_WRITTEN) {
      const to = Math.min(rowCount, from + ROWS_WRITTEN);
      const { gmf, mlp } = rows(from, to);
      copyRows(gmf, 0, factors, table, from * stride, stride, to - from, factors);
      copyRows(mlp, 0, this.#mlpWidth, table, from * stride + gmfWidth, stride, to - from, this.#mlpWidth);
    }
  }

  #readTable(address: number, rows: number): { gmf: Float32Array; mlp: Float32Array } {
    const { rowWidth, gmfWidth } = this.#plan.network;
    const table = this.#numbers(address, rows * 3 * rowWidth);
    const { factors } = this.#sizes;
    const gmf = new Float32Array(rows * factors);
    const mlp = new Float32Array(rows * this.#mlpWidth);
    copyRows(table, 0, 3 * rowWidth, gmf, 0, factors, rows, factors);
    copyRows(table, gmfWidth, 3 * rowWidth, mlp, 0, this.#mlpWidth, rows, this.#mlpWidth);
    return { gmf, mlp };
  }

  /** A row's moments and padding are no parameters. */
  #isFiniteTable(address: number, rows: number): boolean {
    const { rowWidth, gmfWidth } = this.#plan.network;
    const table = this.#numbers(address, rows * 3 * rowWidth);
    const { factors } = this.#sizes;
    for (let start = 0; start < table.length; start += 3 * rowWidth) {
      if (!isFiniteRange(table, start, factors)) return false;
      if (!isFiniteRange(table, start + gmfWidth, this.#mlpWidth)) return false;
    }
    return true;
  }

  #readGradientRows(block: number, addresses: ReadonlyMap<number, number>, side: number, rows: number) {
    const { rowWidth, gmfWidth } = this.#plan.network;
    const { factors } = this.#sizes;
    const count = new DataView(this.#buffer).getUint32(block + side + P.S_COUNT, true);
    const list = new Uint32Array(this.#buffer, addresses.get(side + P.S_ADDRESS_LIST)!, count);
    const gradients = this.#numbers(addresses.get(side + P.S_ADDRESS_GRADIENTS)!, count * rowWidth);
    const gmf = new Float32Array(rows * factors);
    const mlp = new Float32Array(rows * this.#mlpWidth);
    list.forEach((row, slot) => {
      const from = slot * rowWidth;
      gmf.set(gradients.subarray(from, from + factors), row * factors);
      mlp.set(gradients.subarray(from + gmfWidth, from + gmfWidth + this.#mlpWidth), row * this.#mlpWidth);
    });
    return { gmf, mlp };
  }

  #toVector({ mlp, outputWeight, outputBias }: ParameterSource['dense']): Float32Array {
    const { dense, mlpWidth, mapWidths, linear } = this.#plan.network;
    const { factors, layers } = this.#sizes;
    const width = this.#mlpWidth;
    const vector = new Float32Array(dense.count);
    const first = linear ? outputWeight.subarray(factors) : mlp[0]?.weight;
    if (first !== undefined) {
      const units = linear ? 1 : layers[1]!;
      copyRows(first, 0, 2 * width, vector, dense.firstUser, mlpWidth, units, width);
      copyRows(first, width, 2 * width, vector, dense.firstItem, mlpWidth, units, width);
    }
    mlp.forEach(({ weight, bias }, map) => {
      vector.set(bias, dense.mapBiases[map]!);
      if (map === 0) return;
      const inputs = layers[map]!;
      copyRows(
        weight,
        0,
        inputs,
        vector,
        dense.mapWeights[map]!,
        mapWidths[map - 1]!,
        layers[map + 1]!,
        inputs,
      );
    });
    vector.set(outputWeight.subarray(0, factors), dense.outputGmf);
    if (linear) vector[dense.outputMlp] = 1;
    else vector.set(outputWeight.subarray(factors), dense.outputMlp);
    vector[dense.outputBias] = outputBias[0]!;
    return vector;
  }

  #fromVector(vector: Float32Array): Pick<NetworkParameters, 'mlp' | 'outputWeight' | 'outputBias'> {
    const { dense, mlpWidth, linear } = this.#plan.network;
    const { factors, layers } = this.#sizes;
    const first = this.#firstMap(vector, dense, mlpWidth, linear ? 1 : (layers[1] ?? 0));
    const mlp = layers.slice(1).map((units, map) => {
      const bias = vector.slice(dense.mapBiases[map]!, dense.mapBiases[map]! + units);
      if (map === 0) return { weight: first, bias };
      const inputs = layers[map]!;
      const weight = new Float32Array(units * inputs);
      copyRows(vector, dense.mapWeights[map]!, padded(inputs), weight, 0, inputs, units, inputs);
      return { weight, bias };
    });
    const ofTower = linear ? first : vector.subarray(dense.outputMlp, dense.outputMlp + (layers.at(-1) ?? 0));
    const outputWeight = new Float32Array(factors + ofTower.length);
    outputWeight.set(vector.subarray(dense.outputGmf, dense.outputGmf + factors));
    outputWeight.set(ofTower, factors);
    return { mlp, outputWeight, outputBias: vector.slice(dense.outputBias, dense.outputBias + 1) };
  }

  /** The first map's weights, `[units, 2 width]`, the user's columns first. */
  #firstMap(vector: Float32Array, dense: DenseLayout, stride: number, units: number): Float32Array {
    const width = this.#mlpWidth;
    const weight = new Float32Array(units * 2 * width);
    copyRows(vector, dense.firstUser, stride, weight, 0, 2 * width, units, width);
    copyRows(vector, dense.firstItem, stride, weight, width, 2 * width, units, width);
    return weight;
  }
}

function isFiniteRange(numbers: Float32Array, start: number, count: number): boolean {
  for (let place = start; place < start + count; place++) if (!Number.isFinite(numbers[place]!)) return false;
  return true;
}

function copyRows(
  from: Float32Array,
  fromStart: number,
  fromStride: number,
  to: Float32Array,
  toStart: number,
  toStride: number,
  rows: number,
  width: number,
): void {
  for (let row = 0; row < rows; row++) {
    const source = fromStart + row * fromStride;
    const target = toStart + row * toStride;
    for (let column = 0; column < width; column++) to[target + column] = from[source + column]!;
  }
}
