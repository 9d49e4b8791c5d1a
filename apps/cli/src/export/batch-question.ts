import { type BatchAnswer, type BatchRequest, batchAnswerSchema } from '@sommelier/contracts';
import { apiClient } from '../api/api-client.ts';
import { checkedAnswer } from '../api/checked-answer.ts';

/** A thousand users are answered in a second or so; a busy replica may take longer. */
const TIMEOUT_MS = 120_000;
const ATTEMPTS = 8;
const MAX_PAUSE_MS = 16_000;

/**
 * Makes what asks the API for the lists of many users; eight times at most, as long as it is away or overloaded, which
 * with the pauses between takes half a minute on average.
 * @throws SommelierApiError the API's code when it refuses, the client's when it cannot be reached or is not one
 */
export function batchQuestion(url: string, { retryBaseMs = 1_000 } = {}) {
  const retries = { retries: ATTEMPTS - 1, retryBaseMs, retryMaxMs: MAX_PAUSE_MS };
  const api = apiClient(url, { ...retries, timeoutMs: TIMEOUT_MS });
  return async (request: BatchRequest): Promise<BatchAnswer> =>
    checkedAnswer(api, batchAnswerSchema, await api.recommendationsBatch(request));
}
