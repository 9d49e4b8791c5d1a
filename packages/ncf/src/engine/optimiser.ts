import { type AdamTensor, adamStepSize, adamTensor, adamUpdate, adamUpdateRows } from './adam.ts';
import type { Batch, BatchGradients } from './batch.ts';
import { mlpEmbeddingWidth, type NeuMFParameters } from './neumf-parameters.ts';
import type { EngineState } from './training-engine.ts';

/**
 * Adam over all of NeuMF's parameters: lazy on the four tables, dense on the rest (see `adamUpdate` and
 * `adamUpdateRows` for the formula). L2 applies to table rows once per touched row and step and to dense weights once
 * a step, not to biases. The parameters that it is given are updated in place.
 */
export class NeuMFOptimiser {
  readonly #parameters: NeuMFParameters;
  /** Adam's step size, before the bias correction. */
  learningRate: number;
  readonly #l2: number;
  readonly #tables: Record<'userGmf' | 'itemGmf' | 'userMlp' | 'itemMlp', AdamTensor>;
  readonly #mlp: readonly { weight: AdamTensor; bias: AdamTensor }[];
  readonly #outputWeight: AdamTensor;
  readonly #outputBias: AdamTensor;
  #step = 0;

  constructor(parameters: NeuMFParameters, options: { learningRate: number; l2: number }) {
    this.#parameters = parameters;
    this.learningRate = options.learningRate;
    this.#l2 = options.l2;
    this.#tables = {
      userGmf: adamTensor(parameters.userGmf),
      itemGmf: adamTensor(parameters.itemGmf),
      userMlp: adamTensor(parameters.userMlp),
      itemMlp: adamTensor(parameters.itemMlp),
    };
    this.#mlp = parameters.mlp.map(({ weight, bias }) => ({
      weight: adamTensor(weight),
      bias: adamTensor(bias),
    }));
    this.#outputWeight = adamTensor(parameters.outputWeight);
    this.#outputBias = adamTensor(parameters.outputBias);
  }

  /** One step with the gradient of the batch's mean loss. */
  apply(batch: Pick<Batch, 'userRows' | 'itemRows'>, gradients: BatchGradients): void {
    this.#step++;
    const stepSize = adamStepSize(this.learningRate, this.#step);
    const { userRows, itemRows } = batch;
    const { factors } = this.#parameters.shape;
    const width = mlpEmbeddingWidth(this.#parameters.shape);
    adamUpdateRows(this.#tables.userGmf, factors, userRows, gradients.userGmf, stepSize, this.#l2);
    adamUpdateRows(this.#tables.itemGmf, factors, itemRows, gradients.itemGmf, stepSize, this.#l2);
    adamUpdateRows(this.#tables.userMlp, width, userRows, gradients.userMlp, stepSize, this.#l2);
    adamUpdateRows(this.#tables.itemMlp, width, itemRows, gradients.itemMlp, stepSize, this.#l2);
    this.#mlp.forEach(({ weight, bias }, layer) => {
      adamUpdate(weight, gradients.mlp[layer]!.weight, stepSize, this.#l2);
      adamUpdate(bias, gradients.mlp[layer]!.bias, stepSize, 0);
    });
    adamUpdate(this.#outputWeight, gradients.outputWeight, stepSize, this.#l2);
    adamUpdate(this.#outputBias, gradients.outputBias, stepSize, 0);
  }

  /** Parameters, moments and the number of steps: views, which the next step changes. */
  state(): EngineState {
    return new Map<string, Float32Array | Float64Array>([
      ...this.#arrays(),
      ['step', Float64Array.of(this.#step)],
    ]);
  }

  /** Goes on from such a state; false when it is of other parameters, and then nothing has changed. */
  restore(state: EngineState): boolean {
    const arrays = this.#arrays();
    const step = state.get('step')?.[0];
    if (step === undefined || arrays.some(([name, own]) => state.get(name)?.length !== own.length))
      return false;
    for (const [name, own] of arrays) own.set(state.get(name)!);
    this.#step = step;
    return true;
  }

  #arrays(): [name: string, values: Float32Array][] {
    const tensors: [string, AdamTensor][] = [
      ...Object.entries(this.#tables),
      ...this.#mlp.flatMap(({ weight, bias }, layer): [string, AdamTensor][] => [
        [`mlp.${layer}.weight`, weight],
        [`mlp.${layer}.bias`, bias],
      ]),
      ['outputWeight', this.#outputWeight],
      ['outputBias', this.#outputBias],
    ];
    return tensors.flatMap(([name, { values, firstMoment, secondMoment }]) => [
      [name, values],
      [`${name}.first`, firstMoment],
      [`${name}.second`, secondMoment],
    ]);
  }
}
