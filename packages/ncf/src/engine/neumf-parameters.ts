/** Sizes that fix the shape of every tensor of a NeuMF model. */
export interface NeuMFShape {
  readonly userCount: number;
  readonly itemCount: number;
  /** Width of the GMF embeddings, f. */
  readonly factors: number;
  /** `layers[0]` (even) = width of the concatenated MLP embeddings, the others ReLU layers; [] = GMF only. */
  readonly layers: readonly number[];
}

/** One ReLU layer of the MLP tower: y = max(0, weight x + bias). */
export interface DenseLayer {
  /** `[out, in]`, row by row. */
  readonly weight: Float32Array;
  /** `[out]` */
  readonly bias: Float32Array;
}

/**
 * Parameters of NeuMF (He et al. 2017, equation 12) in the one layout that all engines and the model file share:
 * logit(u, i) = output.weight . [userGmf_u * itemGmf_i ; mlp([userMlp_u ; itemMlp_i])] + output.bias.
 */
export interface NeuMFParameters {
  readonly shape: NeuMFShape;
  /** `[users, factors]` */
  readonly userGmf: Float32Array;
  /** `[items, factors]` */
  readonly itemGmf: Float32Array;
  /** `[users, layers[0] / 2]`, empty without an MLP. */
  readonly userMlp: Float32Array;
  /** `[items, layers[0] / 2]`, empty without an MLP. */
  readonly itemMlp: Float32Array;
  /** One for each of `layers[1]`, `layers[2]`, ... */
  readonly mlp: readonly DenseLayer[];
  /** `[factors + last layer's width]` */
  readonly outputWeight: Float32Array;
  /** `[1]` */
  readonly outputBias: Float32Array;
}

/** Width of the MLP tower's output, which is concatenated to the GMF product: 0 without an MLP. */
export function mlpOutputWidth(shape: Pick<NeuMFShape, 'layers'>): number {
  return shape.layers.at(-1) ?? 0;
}

/** Width of one side's MLP embedding. */
export function mlpEmbeddingWidth(shape: Pick<NeuMFShape, 'layers'>): number {
  return (shape.layers[0] ?? 0) / 2;
}
