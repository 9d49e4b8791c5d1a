import { type AdamTensor, adamStepSize, adamTensor, adamUpdate, adamUpdateRows } from './adam.ts';
import type { Batch, BatchGradients } from './batch.ts';
import { mlpEmbeddingWidth, type NeuMFParameters } from './neumf-parameters.ts';

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
}
