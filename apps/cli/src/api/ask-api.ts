import { ERRORS, type ErrorCode, problemSchema, SommelierError } from '@sommelier/contracts';
import type { z } from 'zod';
import { apiKeyHeader } from './api-key-header.ts';

const TIMEOUT_MS = 15_000;

/** A request to the API; with a body it is a POST, unless it says otherwise. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

/**
 * Asks an API, with the key of `API_KEY`, and checks its answer.
 * @param url address of the API, with or without a slash at its end
 * @throws SommelierError the code that the API answers with; `internal` when nobody answers at the address, or something
 *   else than the API
 */
export async function askApi<T>(
  url: string,
  path: string,
  schema: z.ZodType<T>,
  request: ApiRequest = {},
): Promise<T> {
  const { body, timeoutMs = TIMEOUT_MS } = request;
  const address = `${url.replace(/\/+$/, '')}${path}`;
  const response = await fetch(address, {
    method: request.method ?? (body === undefined ? 'GET' : 'POST'),
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...apiKeyHeader(), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((cause: Error) => {
    const why = (cause.cause as Error | undefined)?.message || cause.message;
    throw new SommelierError('internal', `${address} cannot be asked: ${why}`, { cause });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return checked(address, schema, answer);
  const problem = problemSchema.safeParse(answer);
  const code = problem.success && problem.data.code in ERRORS ? (problem.data.code as ErrorCode) : 'internal';
  const detail = problem.success ? problem.data.detail : `status ${response.status}`;
  throw new SommelierError(code, `${address}: ${detail}`);
}

function checked<T>(address: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new SommelierError('internal', `${address} does not answer as this version's API: is it one?`);
}
