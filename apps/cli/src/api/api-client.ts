import { type ClientOptions, SommelierClient } from '@sommelier/client';
import { readEnvironment } from '@sommelier/platform';

const TIMEOUT_MS = 15_000;

/**
 * The API at the address of `--url`, asked with the key of `API_KEY`, if that is set.
 * @throws SommelierError `invalid-config` when the environment is not valid
 */
export function apiClient(url: string, options: ClientOptions = {}): SommelierClient {
  return new SommelierClient(url, { timeoutMs: TIMEOUT_MS, apiKey: readEnvironment().API_KEY, ...options });
}
