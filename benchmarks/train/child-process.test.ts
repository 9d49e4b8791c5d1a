import { expect, test } from '@jest/globals';
import { ChildError, lastJsonLine, plainEnvironment, runChild } from './child-process.ts';

const LONG_MS = 60_000;

test('a program sees nothing of our environment that tunes its libraries', () => {
  const environment = { PATH: '/bin', HOME: '/home/a', OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
  expect(plainEnvironment(environment)).toEqual({ PATH: '/bin', HOME: '/home/a' });
});

test('what a program prints is returned', async () => {
  const output = await runChild(
    process.execPath,
    ['-e', 'console.log("noise"); console.log("{\\"a\\": 1}")'],
    {
      timeoutMs: LONG_MS,
    },
  );
  expect(lastJsonLine(output)).toEqual({ a: 1 });
});

test('a program that fails is an error with its complaint', async () => {
  const run = runChild(process.execPath, ['-e', 'console.error("no such file"); process.exit(3)'], {
    timeoutMs: LONG_MS,
  });
  await expect(run).rejects.toThrow(/exit code 3\nno such file/);
});

test('so is one that is not there, and one that prints no JSON', async () => {
  await expect(runChild('/no/such/program', [], { timeoutMs: LONG_MS })).rejects.toThrow(ChildError);
  expect(() => lastJsonLine('all good\n')).toThrow(ChildError);
});

test('a program that takes too long is ended', async () => {
  const run = runChild(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { timeoutMs: 300 });
  await expect(run).rejects.toThrow(/SIGKILL/);
});
