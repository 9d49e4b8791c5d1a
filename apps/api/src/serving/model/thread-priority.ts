import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';

const LOWEST = 19;

/**
 * Lowers the priority of the calling thread alone, where the system has priorities of threads (Linux): whatever else
 * wants the processor goes before it. Elsewhere nothing happens.
 */
export function lowerThreadPriority(by: number): void {
  try {
    // /proc/<process>/task/<thread>
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, Math.min(LOWEST, getPriority(thread) + by));
  } catch {
    // Without it, the thread is only in others' way for longer.
  }
}
