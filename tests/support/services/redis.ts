import { type RunningService, startRedis as start } from '../../../scripts/services.mjs';

/**
 * A Redis of the test's own, with an append-only file, for tests that kill it; it ends with the test's process at
 * the latest. To start it again on the same data and port, hand in a folder of the test's own from the beginning.
 */
export function startRedis(options: { folder?: string; port?: number } = {}): Promise<RunningService> {
  return start(options);
}
