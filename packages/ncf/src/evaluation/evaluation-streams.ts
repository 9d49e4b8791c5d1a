/** Purposes of random numbers in the evaluation: the second key of `hash32`, so that no two purposes share numbers. */
export const EVALUATION_STREAM = {
  testUsers: 0x6576_0001,
  validationUsers: 0x6576_0002,
  negatives: 0x6576_0003,
  bootstrap: 0x6576_0004,
  gateUsers: 0x6576_0005,
} as const;
