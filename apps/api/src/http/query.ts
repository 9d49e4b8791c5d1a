import { describeDetails, SommelierError, zodDetails } from '@sommelier/contracts';
import { z } from 'zod';

const MAX_PARAMETERS = 50;

/** Decodes `application/x-www-form-urlencoded` text strictly: a malformed percent-encoding is an error. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidQuery([{ path: text.slice(0, 64), message: 'has a malformed percent-encoding' }]);
  }
}

/** An `invalid-request` that names each wrong parameter. */
export function invalidQuery(details: readonly { path: string; message: string }[]): SommelierError {
  return new SommelierError('invalid-request', `The query is not valid: ${describeDetails(details)}.`, {
    details,
  });
}

/**
 * The parameters of a request's address by name. A name may occur once.
 * @throws SommelierError `invalid-request` that names the parameter.
 */
export function queryParameters(url: string): Record<string, string> {
  const start = url.indexOf('?');
  const parameters = new Map<string, string>();
  if (start < 0) return {};
  for (const part of url.slice(start + 1).split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (parameters.has(name)) throw invalidQuery([{ path: name, message: 'is given more than once' }]);
    parameters.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
    if (parameters.size > MAX_PARAMETERS) {
      throw invalidQuery([{ path: '(root)', message: `has more than ${MAX_PARAMETERS} parameters` }]);
    }
  }
  return Object.fromEntries(parameters);
}

/**
 * Checks values that came as text (a query, parts of a path) against a schema.
 * @throws SommelierError `invalid-request` that names each wrong parameter.
 */
export function parseParameters<T>(schema: z.ZodType<T>, values: Record<string, string>): T {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: key, message: 'is not a parameter of this address' }))
      : zodDetails(new z.ZodError([issue])),
  );
  throw invalidQuery(details);
}

/** A whole number in plain digits between two bounds; `1e3`, `0x1`, `+1` and ` 1` are not. */
export function integerParameter(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[0-9]{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** A number from 0 on in plain digits, a point among them at most; `1e3`, `0x1`, `.5` and `-1` are not. */
export const numberParameter = z
  .string()
  .regex(/^[0-9]{1,15}(\.[0-9]{1,15})?$/, 'must be a number like 12 or 12.5')
  .transform(Number);

export const booleanParameter = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((value) => value === 'true');
