export interface RetryOptions {
  /** Tries after the first one. @defaultValue 3 */
  readonly retries?: number;
  /** The first wait is drawn from 0 to this, each further one from twice the range. @defaultValue 200 */
  readonly retryBaseMs?: number;
  /** Longest wait, also when the server asks for a longer one: then the call fails at once. @defaultValue 10000 */
  readonly retryMaxMs?: number;
}

export interface RetryPolicy {
  readonly retries: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export function retryPolicyOf(options: RetryOptions): RetryPolicy {
  const { retries = 3, retryBaseMs = 200, retryMaxMs = 10_000 } = options;
  return { retries, baseMs: retryBaseMs, maxMs: retryMaxMs, random: Math.random };
}

/**
 * Milliseconds to wait before the next try, or undefined when there is none. Full jitter: uniform from 0 to a range that
 * doubles with each try, after what the server asked for, so that callers that failed together do not come back together.
 * @param attempt tries that have failed, from 1
 * @param retryAfterMs what the server asked for
 */
export function waitBefore(policy: RetryPolicy, attempt: number, retryAfterMs = 0): number | undefined {
  if (attempt > policy.retries || retryAfterMs > policy.maxMs) return undefined;
  const range = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  return Math.min(policy.maxMs, retryAfterMs + policy.random() * range);
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}

/** Rejects with the signal's reason when it comes first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
