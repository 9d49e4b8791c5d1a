/** Purposes of random numbers in training: the second key of `hash32`, so that no two purposes share numbers. */
export const ENGINE_STREAM = {
  userGmf: 0x6e63_0001,
  itemGmf: 0x6e63_0002,
  userMlp: 0x6e63_0003,
  itemMlp: 0x6e63_0004,
  outputWeight: 0x6e63_0005,
  order: 0x6e63_0006,
  negatives: 0x6e63_0007,
  alsItems: 0x6e63_0008,
  /** Layer i of the tower takes this plus i. */
  mlp: 0x6e63_0100,
} as const;
