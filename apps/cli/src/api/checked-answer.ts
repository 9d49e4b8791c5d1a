import { SommelierApiError, type SommelierClient } from '@sommelier/client';
import type { z } from 'zod';

/**
 * What an API answered, as the contract has it: the client takes it on trust, and at the address may be another version.
 * @throws SommelierApiError `bad-answer`
 */
export function checkedAnswer<T>(api: SommelierClient, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const message = `${api.url} does not answer as this version's API: is it one?`;
  throw new SommelierApiError('bad-answer', message, { status: 200, cause: parsed.error });
}
