import { readFileSync } from 'node:fs';

const KIB = 1_024;

/** Memory of a process as Linux counts it, in bytes; undefined when the process is gone. */
export interface ProcessMemory {
  readonly residentBytes: number;
  /** The most that it ever was. */
  readonly peakBytes: number;
}

export function memoryOf(pid: number): ProcessMemory | undefined {
  try {
    return parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Reads `/proc/PID/status`. */
export function parseStatus(status: string): ProcessMemory | undefined {
  const field = (name: string): number =>
    KIB * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  const memory = { residentBytes: field('VmRSS'), peakBytes: field('VmHWM') };
  return memory.residentBytes > 0 && memory.peakBytes > 0 ? memory : undefined;
}
