import {
  dataConfigSchema,
  evaluationConfigSchema,
  modelConfigSchema,
  trainingConfigSchema,
  trainingRunRequestSchema,
} from '@sommelier/contracts';
import { z } from 'zod';

/** The request with the keys of its parts: each part is laid over the server's own before it is checked. */
export const describedRunRequestSchema = trainingRunRequestSchema.extend({
  data: overridesOf(dataConfigSchema),
  model: overridesOf(modelConfigSchema),
  training: overridesOf(trainingConfigSchema),
  evaluation: overridesOf(evaluationConfigSchema),
});

/** A part of the configuration without its defaults: a key that is absent is as the server has it. */
function overridesOf(schema: z.ZodObject) {
  const fields = Object.entries(schema.shape).map(([name, field]): [string, z.core.$ZodType] => [
    name,
    z.optional(field instanceof z.ZodDefault ? field.unwrap() : field),
  ]);
  return z.strictObject(Object.fromEntries(fields)).optional();
}
