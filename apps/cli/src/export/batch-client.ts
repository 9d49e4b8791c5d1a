import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BatchAnswer,
  type BatchRequest,
  batchAnswerSchema,
  ERRORS,
  type ErrorCode,
  problemSchema,
  SommelierError,
} from '@sommelier/contracts';
import { apiKeyHeader } from '../api/api-key-header.ts';

/** A thousand users are answered in a second or so; a busy replica may take longer. */
const TIMEOUT_MS = 120_000;
const ATTEMPTS = 8;
const MAX_PAUSE_MS = 8_000;

export interface BatchClientOptions {
  /** Where the API is, without a path at its end. */
  readonly url: string;
  /** Pause after the first answer of 503 or failed connection, doubled with each further one. */
  readonly firstPauseMs?: number;
}

/**
 * Makes what asks the API for the lists of many users; eight times at most, as long as it is away or overloaded.
 * @throws SommelierError the API's code when it refuses; `export-failed` when it cannot be reached or is not one
 */
export function createBatchClient({ url, firstPauseMs = 500 }: BatchClientOptions) {
  const address = `${url.replace(/\/+$/, '')}/v1/recommendations/batch`;
  return async (request: BatchRequest): Promise<BatchAnswer> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await ask(address, request);
      if (!(answer instanceof SommelierError)) return answer;
      if (attempt === ATTEMPTS) throw answer;
      await sleep(Math.min(firstPauseMs * 2 ** (attempt - 1), MAX_PAUSE_MS));
    }
  };
}

/** The answer, or an error that is worth another attempt; every other one is thrown. */
async function ask(address: string, request: BatchRequest): Promise<BatchAnswer | SommelierError> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { ...apiKeyHeader(), 'Content-Type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
    return new SommelierError('export-failed', `The API at ${address} cannot be reached: ${reason}.`);
  }
  const json = parseJson(text);
  if (response.ok) {
    const answer = batchAnswerSchema.safeParse(json);
    if (answer.success) return answer.data;
    throw new SommelierError('export-failed', `What answers at ${address} is not this version's API.`);
  }
  const error = refusal(address, response.status, json);
  if (response.status === 503) return error;
  throw error;
}

function refusal(address: string, status: number, json: unknown): SommelierError {
  const problem = problemSchema.safeParse(json);
  if (!problem.success || !Object.hasOwn(ERRORS, problem.data.code)) {
    return new SommelierError('export-failed', `${address} answered with status ${status}.`);
  }
  const { code, detail, errors } = problem.data;
  return new SommelierError(code as ErrorCode, `${address}: ${detail}`, errors && { details: errors });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
