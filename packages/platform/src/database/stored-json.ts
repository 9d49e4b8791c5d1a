import { describeDetails, SommelierError, zodDetails } from '@sommelier/contracts';
import type { z } from 'zod';

/**
 * Reads a JSON column through its schema.
 * @param place what is read, for the error: table, id and column
 * @throws SommelierError `internal` when the column does not hold what the schema says
 */
export function readJson<T>(schema: z.ZodType<T>, text: string, place: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SommelierError('internal', `${place} in the database is not JSON`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = zodDetails(parsed.error);
  throw new SommelierError('internal', `${place} in the database is not valid: ${describeDetails(details)}`, {
    details,
  });
}

/** As {@link readJson}; null stays null. */
export function readNullableJson<T>(schema: z.ZodType<T>, text: string | null, place: string): T | null {
  return text === null ? null : readJson(schema, text, place);
}

/** JSON with the keys of every object in ascending order: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
