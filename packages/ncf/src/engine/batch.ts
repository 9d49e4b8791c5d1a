/**
 * The samples of one optimiser step. Each distinct table row that they touch is listed once; a sample names its rows
 * by their slots in those lists, so that an engine works on small tables whatever the size of the vocabulary.
 */
export interface Batch {
  /** Number of samples, B. */
  readonly size: number;
  /** `[B]`, slot into `userRows`. */
  readonly userSlots: Int32Array;
  /** `[B]`, slot into `itemRows`. */
  readonly itemSlots: Int32Array;
  /** `[B]`, 1 for a negative, -1 for a positive: the loss of a sample is softplus(sign x logit). */
  readonly signs: Float32Array;
  /** `[B]`, weight of the sample's loss. */
  readonly weights: Float32Array;
  /** Distinct users of the batch, in order of first appearance. */
  readonly userRows: Uint32Array;
  /** Distinct items of the batch, in order of first appearance. */
  readonly itemRows: Uint32Array;
}

/**
 * Gradient of a batch's mean loss, (1 / B) sum of weight x softplus(sign x logit), without any L2 term. Rows of the
 * tables are those of the batch's `userRows` and `itemRows`, summed over the samples that touch them.
 */
export interface BatchGradients {
  /** The mean loss itself. */
  readonly loss: number;
  /** `[userRows, factors]` */
  readonly userGmf: Float32Array;
  /** `[itemRows, factors]` */
  readonly itemGmf: Float32Array;
  /** `[userRows, layers[0] / 2]`, empty without an MLP. */
  readonly userMlp: Float32Array;
  /** `[itemRows, layers[0] / 2]`, empty without an MLP. */
  readonly itemMlp: Float32Array;
  /** Weight `[out, in]` and bias `[out]` of each ReLU layer. */
  readonly mlp: readonly { readonly weight: Float32Array; readonly bias: Float32Array }[];
  /** `[factors + last layer's width]` */
  readonly outputWeight: Float32Array;
  /** `[1]` */
  readonly outputBias: Float32Array;
}
