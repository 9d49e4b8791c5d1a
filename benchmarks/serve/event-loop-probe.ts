// Loaded into a Node.js server before its own code (`node --import`): at each SIGUSR2 it writes to a file what its
// event loop did since the one before.
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

export interface EventLoopReading {
  /** How much later than it should a timer fires, milliseconds. */
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  /** Share of the time in which the loop was not idle. */
  readonly utilization: number;
  /** Counts the readings. */
  readonly reading: number;
}

const RESOLUTION_MS = 5;
const NANO_PER_MILLI = 1e6;

function watch(path: string): void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let before = performance.eventLoopUtilization();
  let reading = 0;
  process.on('SIGUSR2', () => {
    const now = performance.eventLoopUtilization();
    // The histogram has whole intervals between timers, so the interval itself comes off.
    const delay = (percent: number) =>
      Math.max(0, histogram.percentile(percent) / NANO_PER_MILLI - RESOLUTION_MS);
    const content: EventLoopReading = {
      delayP50Ms: delay(50),
      delayP99Ms: delay(99),
      utilization: performance.eventLoopUtilization(now, before).utilization,
      reading: ++reading,
    };
    before = now;
    histogram.reset();
    writeFileSync(`${path}.tmp`, JSON.stringify(content));
    renameSync(`${path}.tmp`, path);
  });
}

const path = process.env.EVENT_LOOP_FILE;
if (isMainThread && path !== undefined) watch(path);
