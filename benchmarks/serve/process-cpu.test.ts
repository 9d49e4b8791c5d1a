import { expect, test } from '@jest/globals';
import { cpuMsOf, parseCpuMs } from './process-cpu.ts';

test('user and system time are read after the name, whatever the name is', () => {
  const rest = 'S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0';
  expect(parseCpuMs(`123 (node) ${rest}`)).toBe(3_000);
  expect(parseCpuMs(`123 (a) b (c) d) ${rest}`)).toBe(3_000);
});

test('a process that works uses CPU', () => {
  const before = cpuMsOf(process.pid);
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < 60_000);
  expect(cpuMsOf(process.pid)).toBeGreaterThan(before);
});
