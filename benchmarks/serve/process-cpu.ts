import { readFileSync } from 'node:fs';

/** Of Linux's interface to programs, whatever the kernel's own clock does. */
const TICKS_PER_SECOND = 100;

/** CPU milliseconds that a process has used so far, all of its threads, user and system. */
export function cpuMsOf(pid: number): number {
  return parseCpuMs(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Reads `/proc/PID/stat`; the second field is a name in brackets, which may hold blanks and brackets. */
export function parseCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return ((user + system) * 1_000) / TICKS_PER_SECOND;
}
