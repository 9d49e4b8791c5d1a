import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;
/** The value that a text stands for, or undefined when it stands for none. */
type Reader = (text: string) => unknown;

const WHOLE = /^-?[0-9]{1,15}$/;
const DECIMAL = /^-?[0-9]{1,15}(\.[0-9]{1,15})?$/;

/**
 * The schema of a query from the contract's own schemas of its parameters: values come as text, are read by their type
 * (a list's parts stand between commas; numbers in plain digits, so `1e3`, `0x1`, `+1` and ` 1` are none), and then
 * checked by the contract. Whatever else is in the query is refused.
 */
export function textQuery<S extends z.ZodRawShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  const fields = Object.entries(shape).map(([name, field]) => [name, fromText(field as z.ZodType)]);
  return z.strictObject(Object.fromEntries(fields)) as never;
}

function fromText(field: z.ZodType): z.ZodType {
  const schema = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const { read, expected } = readerOf(schema);
  return z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined;
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    })
    .pipe(field as z.ZodType<unknown, unknown>);
}

function readerOf(schema: JsonSchema): { read: Reader; expected: string } {
  const { type, items } = schema;
  if (type === 'boolean') return { read: (text) => BOOLEANS.get(text), expected: 'must be true or false' };
  if (type === 'integer' || type === 'number') return numberReader(schema);
  if (type === 'array' && typeof items === 'object' && !Array.isArray(items)) {
    const item = readerOf(items as JsonSchema);
    return { read: (text) => listOf(text, item.read), expected: item.expected };
  }
  if (schema.enum === undefined) return { read: (text) => text, expected: '' };
  const choices = new Set<unknown>(schema.enum);
  return {
    read: (text) => (choices.has(text) ? text : undefined),
    expected: `must be one of ${schema.enum.join(', ')}`,
  };
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);

/** The bounds are checked here too, so that one sentence says all that is expected. */
function numberReader({ type, minimum, maximum }: JsonSchema): { read: Reader; expected: string } {
  const [pattern, kind] = type === 'integer' ? [WHOLE, 'whole number'] : [DECIMAL, 'number'];
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const range = isBounded ? `from ${minimum ?? 0} to ${maximum}` : `of at least ${minimum ?? 0}`;
  return {
    read: (text) => {
      const value = pattern.test(text) ? Number(text) : Number.NaN;
      return value >= (minimum ?? value) && value <= (maximum ?? value) ? value : undefined;
    },
    expected: `must be a ${kind} ${range}`,
  };
}

/** An empty text is no part at all. */
function listOf(text: string, read: Reader): unknown[] | undefined {
  const values = text === '' ? [] : text.split(',').map(read);
  return values.includes(undefined) ? undefined : values;
}
