import { z } from 'zod';
import { MAX_TIMESTAMP_MS } from './events.ts';
import { idSchema } from './ids.ts';

export const MAX_PRICE = 1e12;
const MAX_PROPERTIES = 100;
/** Items that one request may write. */
export const MAX_ITEMS_A_REQUEST = 1_000;

export const propertyNameSchema = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/,
    'a property\'s name must be 1-64 letters, digits, "_", "." or "-", a letter or "_" first',
  );
export const propertyValueSchema = z.union([z.string().max(1_000), z.number(), z.boolean()]);
export type PropertyValue = z.infer<typeof propertyValueSchema>;

/** What else is known about an item, by name. */
export const itemPropertiesSchema = z
  .record(propertyNameSchema, propertyValueSchema)
  .refine((properties) => Object.keys(properties).length <= MAX_PROPERTIES, {
    message: `an item may have at most ${MAX_PROPERTIES} properties`,
  });
export type ItemProperties = z.infer<typeof itemPropertiesSchema>;

export const itemSchema = z.strictObject({
  itemId: idSchema,
  categoryId: idSchema.nullable(),
  available: z.boolean(),
  price: z.number().min(0).max(MAX_PRICE).nullable(),
  properties: itemPropertiesSchema,
  updatedAtMs: z.int().min(0).max(MAX_TIMESTAMP_MS),
});
export type Item = z.infer<typeof itemSchema>;

/** An item as a request writes it, whole: what is absent is unknown, not as it was. */
export const itemInputSchema = z.strictObject({
  itemId: idSchema,
  categoryId: itemSchema.shape.categoryId.default(null),
  available: z.boolean().describe('Whether it can be bought now.'),
  price: itemSchema.shape.price.default(null),
  properties: itemPropertiesSchema.default({}),
});

/** `POST /v1/items`. An item may come once. */
export const itemsRequestSchema = z.strictObject({
  items: z.array(itemInputSchema).min(1).max(MAX_ITEMS_A_REQUEST),
});
export type ItemsRequest = z.infer<typeof itemsRequestSchema>;
/** A request as its sender writes it: what has a default may be absent. */
export type ItemsRequestInput = z.input<typeof itemsRequestSchema>;
export const itemsAnswerSchema = z.object({ stored: z.int().min(0) });
export type ItemsAnswer = z.infer<typeof itemsAnswerSchema>;

export const categorySchema = z.strictObject({ categoryId: idSchema, parentId: idSchema.nullable() });
export type Category = z.infer<typeof categorySchema>;
