import { itemFilterShape, type ServingConfig } from '@sommelier/contracts';
import { z } from 'zod';

/** Parameters of recommendations that the server's configuration gives a bound and a default. */
export function servingLimits(serving: ServingConfig) {
  return {
    n: z.int().min(1).max(serving.maxN).default(serving.defaultN).describe('How many items.'),
    excludeSeen: z
      .boolean()
      .default(serving.excludeSeen)
      .describe('Whether what the user has interacted with is left out.'),
    inStock: itemFilterShape.inStock
      .unwrap()
      .default(serving.inStock)
      .describe('true: only what is available; false: whether it is available or not.'),
  };
}
