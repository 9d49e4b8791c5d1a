import { z } from 'zod';
import { MAX_TIMESTAMP_MS } from './events.ts';
import { idSchema } from './ids.ts';

export const itemSchema = z.strictObject({
  itemId: idSchema,
  categoryId: idSchema.nullable(),
  available: z.boolean(),
  price: z.number().min(0).max(1e12).nullable(),
  updatedAtMs: z.int().min(0).max(MAX_TIMESTAMP_MS),
});
export type Item = z.infer<typeof itemSchema>;

export const categorySchema = z.strictObject({ categoryId: idSchema, parentId: idSchema.nullable() });
export type Category = z.infer<typeof categorySchema>;
