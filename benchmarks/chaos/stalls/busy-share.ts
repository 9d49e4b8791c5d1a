import { readFileSync } from 'node:fs';

/** Time that all processors together have spent, in ticks. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly total: number;
}

/** Since the machine started, from the first line of /proc/stat (Linux). */
export function processorTimes(): ProcessorTimes {
  return parseTimes(readFileSync('/proc/stat', 'utf8'));
}

/** @throws Error when the text has not the form of /proc/stat */
export function parseTimes(text: string): ProcessorTimes {
  // user nice system idle iowait irq softirq steal; what guests took is in user already.
  const ticks = /^cpu\s+([\d ]+)/.exec(text)?.[1]?.split(' ').slice(0, 8).map(Number);
  if (ticks === undefined || ticks.length < 5) throw new Error('/proc/stat does not begin with cpu times');
  const total = ticks.reduce((sum, each) => sum + each, 0);
  return { total, busy: total - ticks[3]! - ticks[4]! };
}

/** Share of the processors' time between two readings in which they worked. */
export function busyShare(before: ProcessorTimes, after: ProcessorTimes): number {
  return (after.busy - before.busy) / Math.max(1, after.total - before.total);
}
