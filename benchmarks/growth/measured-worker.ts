import { type ChildProcess, startChild } from './child-process.ts';
import { memoryOf } from './process-memory.ts';
import { mainOf } from './repository.ts';
import { type Period, StageClock } from './stage-clock.ts';
import { parseLogLine } from './worker-log.ts';

const SAMPLE_MS = 100;
const LAST_LINE_TIMEOUT_MS = 10_000;

export interface MeasuredWorker {
  readonly process: ChildProcess;
  /** What the run took, once the worker has said that it is over. */
  measured(): Promise<{
    seconds: Record<Period, number>;
    peakBytes: number;
    peakBytesOf: Partial<Record<Period, number>>;
  }>;
}

/** Starts a worker that takes one run, and follows its log and its memory. */
export function startWorker(
  environment: Readonly<Record<string, string>>,
  onPeriod: (period: Period) => void,
): MeasuredWorker {
  const clock = new StageClock();
  const peakBytesOf: Partial<Record<Period, number>> = {};
  let pid: number | undefined;
  let peakBytes = 0;
  const sample = (): void => {
    const memory = pid === undefined ? undefined : memoryOf(pid);
    if (memory === undefined) return;
    peakBytes = Math.max(peakBytes, memory.peakBytes);
    const { period } = clock;
    if (period !== undefined) peakBytesOf[period] = Math.max(peakBytesOf[period] ?? 0, memory.residentBytes);
  };
  let runIsOver = (): void => {};
  let runFails = (_error: Error): void => {};
  const over = new Promise<void>((resolve, reject) => {
    runIsOver = resolve;
    runFails = reject;
  });
  const process = startChild({
    command: globalThis.process.execPath,
    args: [mainOf('worker')],
    env: { ...environment, LOG_LEVEL: 'info' },
    onLine(text) {
      const line = parseLogLine(text);
      if (line === undefined) return;
      pid = line.pid;
      const before = clock.period;
      clock.see(line.message, line.timeMs);
      if (clock.period !== undefined && clock.period !== before) onPeriod(clock.period);
      if (clock.period === undefined && before !== undefined) {
        sample();
        runIsOver();
      }
    },
  });
  const timer = setInterval(sample, SAMPLE_MS);
  void process.ended.then(() => {
    clearInterval(timer);
    runFails(new Error(`The worker ended before its run. Its last lines:\n${process.tail()}`));
  });
  // Whoever asks later hears of it.
  over.catch(() => {});
  return {
    process,
    async measured() {
      const late = new Error('The worker did not say that its run is over');
      const timeout = setTimeout(() => runFails(late), LAST_LINE_TIMEOUT_MS);
      await over.finally(() => clearTimeout(timeout));
      return { seconds: clock.seconds(), peakBytes, peakBytesOf };
    },
  };
}
