import { SommelierError } from '@sommelier/contracts';
import {
  mlpEmbeddingWidth,
  mlpOutputWidth,
  type NeuMFParameters,
  type NeuMFShape,
} from './neumf-parameters.ts';

/** The parameters' tensors by the names that the model file gives them, in a fixed order. */
export function namedTensors(parameters: NeuMFParameters): [name: string, values: Float32Array][] {
  return [
    ['user_gmf', parameters.userGmf],
    ['item_gmf', parameters.itemGmf],
    ['user_mlp', parameters.userMlp],
    ['item_mlp', parameters.itemMlp],
    ...parameters.mlp.flatMap(({ weight, bias }, index): [string, Float32Array][] => [
      [`mlp.${index}.weight`, weight],
      [`mlp.${index}.bias`, bias],
    ]),
    ['output.weight', parameters.outputWeight],
    ['output.bias', parameters.outputBias],
  ];
}

/** The name of the first tensor that holds a NaN or an infinity, or undefined. */
export function nonFiniteTensor(parameters: NeuMFParameters): string | undefined {
  return namedTensors(parameters).find(([, values]) => !allFinite(values))?.[0];
}

function allFinite(values: Float32Array): boolean {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index]!)) return false;
  }
  return true;
}

export function copyOfParameters(parameters: NeuMFParameters): NeuMFParameters {
  return {
    shape: { ...parameters.shape, layers: [...parameters.shape.layers] },
    userGmf: parameters.userGmf.slice(),
    itemGmf: parameters.itemGmf.slice(),
    userMlp: parameters.userMlp.slice(),
    itemMlp: parameters.itemMlp.slice(),
    mlp: parameters.mlp.map(({ weight, bias }) => ({ weight: weight.slice(), bias: bias.slice() })),
    outputWeight: parameters.outputWeight.slice(),
    outputBias: parameters.outputBias.slice(),
  };
}

/** @throws SommelierError `internal` when a shape or the length of a tensor is not what `expected` says. */
export function requireSameShape(expected: NeuMFShape, parameters: NeuMFParameters): void {
  const described = describe(expected);
  if (describe(parameters.shape) !== described) {
    throw new SommelierError(
      'internal',
      `The engine's network is ${described}, the parameters are of ${describe(parameters.shape)}`,
    );
  }
  const lengths = tensorLengths(expected);
  const tensors = namedTensors(parameters);
  if (tensors.length !== lengths.length) {
    throw new SommelierError('internal', `Expected ${lengths.length} tensors, got ${tensors.length}`);
  }
  tensors.forEach(([name, values], index) => {
    if (values.length !== lengths[index]) {
      throw new SommelierError(
        'internal',
        `${name}: expected ${lengths[index]} numbers, got ${values.length}`,
      );
    }
  });
}

/** Lengths of the tensors in the order of `namedTensors`. */
function tensorLengths(shape: NeuMFShape): number[] {
  const { userCount, itemCount, factors, layers } = shape;
  const width = mlpEmbeddingWidth(shape);
  return [
    userCount * factors,
    itemCount * factors,
    userCount * width,
    itemCount * width,
    ...layers.slice(1).flatMap((out, index) => [out * layers[index]!, out]),
    factors + mlpOutputWidth(shape),
    1,
  ];
}

function describe({ userCount, itemCount, factors, layers }: NeuMFShape): string {
  return `${userCount} users x ${itemCount} items, factors ${factors}, layers [${layers.join(', ')}]`;
}
