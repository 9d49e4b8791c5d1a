import { expect, test } from '@jest/globals';
import { memoryOf, parseStatus } from './process-memory.ts';

test('reads what is resident and what was at most, in bytes', () => {
  const status = 'Name:\tnode\nVmPeak:\t 9000 kB\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\nThreads:\t11\n';
  expect(parseStatus(status)).toEqual({ residentBytes: 1_048_576, peakBytes: 2_097_152 });
});

test('a process without memory, such as one that has ended, has none', () => {
  expect(parseStatus('Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined();
  // Larger than any process id of Linux.
  expect(memoryOf(2 ** 30)).toBeUndefined();
});
