import type { ModelHolder } from './model-holder.ts';

export interface Polling {
  /** Waits for a refresh that is under way. */
  stop(): Promise<void>;
}

/** Refreshes at once, and then again and again with a pause of `pollMs` after each time. */
export function pollActiveModel(holder: Pick<ModelHolder, 'refresh'>, pollMs: number): Polling {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let round: Promise<void>;
  const next = async () => {
    await holder.refresh();
    if (!stopped) timer = setTimeout(start, pollMs);
  };
  const start = () => {
    round = next();
  };
  start();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
