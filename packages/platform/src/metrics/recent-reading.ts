import { within } from '../queue/within.ts';

export interface ReadingTerms {
  /** How long an answer is given again. */
  readonly maxAgeMs: number;
  /** How long a caller waits at most. */
  readonly timeoutMs: number;
}

/**
 * Asks something that may be away, for those who must not wait for it: at most once in `maxAgeMs`, never twice at a
 * time, however many ask. Undefined when it failed or takes longer than `timeoutMs`; what takes longer is not asked again
 * before it has answered.
 */
export function recentReading<T>(
  read: () => Promise<T>,
  { maxAgeMs, timeoutMs }: ReadingTerms,
): () => Promise<T | undefined> {
  let last: { readonly value: T | undefined; readonly atMs: number } | undefined;
  let reading: Promise<T | undefined> | undefined;
  const ask = async (): Promise<T | undefined> => {
    let value: T | undefined;
    try {
      value = await read();
    } catch {
      // What is away is said by whoever uses it; here it only has no figure.
    }
    last = { value, atMs: performance.now() };
    reading = undefined;
    return value;
  };
  return async () => {
    if (last !== undefined && performance.now() - last.atMs < maxAgeMs) return last.value;
    reading ??= ask();
    return within(reading, timeoutMs, () => new Error('late')).catch(() => undefined);
  };
}
