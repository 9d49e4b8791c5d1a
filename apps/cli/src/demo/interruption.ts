/** The user, or the process that started us, wants the demo to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface InterruptionWatch {
  /** Aborts, with an {@link Interrupted} as its reason, on Ctrl-C, SIGTERM, SIGHUP, or when the parent is gone. */
  readonly signal: AbortSignal;
  /** Rejects when the signal aborts. */
  readonly interrupted: Promise<never>;
  end(): void;
}

/** Watches for the end; further signals while the clean-up runs change nothing. */
export function watchInterruption(): InterruptionWatch {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new Interrupted('interrupted'));
  for (const signal of SIGNALS) process.on(signal, interrupt);
  process.on('disconnect', interrupt);
  // The channel to the parent is for noticing its end; it must not keep this process alive.
  process.channel?.unref();
  const interrupted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  interrupted.catch(() => {});
  return {
    signal: controller.signal,
    interrupted,
    end() {
      for (const signal of SIGNALS) process.off(signal, interrupt);
      process.off('disconnect', interrupt);
    },
  };
}

/** Waits; an abort ends the waiting with its reason. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
