import { expect, test } from '@jest/globals';
import { parseLogLine } from './worker-log.ts';

test('reads process, time and text of a line of the log', () => {
  const line = '{"level":30,"time":1700000000123,"pid":41,"hostname":"h","name":"worker","msg":"took a job"}';
  expect(parseLogLine(line)).toEqual({ pid: 41, timeMs: 1_700_000_000_123, message: 'took a job' });
});

test.each(['', '(node:41) Warning: something', 'null', '3', '{"msg":"no time","pid":4}'])(
  'passes over %j',
  (line) => {
    expect(parseLogLine(line)).toBeUndefined();
  },
);
