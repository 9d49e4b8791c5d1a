import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { CLOCK_PRELOAD } from '../../benchmarks/chaos/supervised-process.ts';
import { undoneAfterEach } from '../support/undo.ts';

const HOUR_MS = 3_600_000;
/** Says what every way of asking gives, in this thread and in another, whenever it is told to. */
const PROGRAM = `
import { statSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
if (!isMainThread) parentPort.on('message', () => parentPort.postMessage(Date.now()));
else {
  const thread = new Worker(new URL(import.meta.url));
  process.stdin.on('data', () => thread.postMessage(''));
  thread.on('message', (inThread) => console.log(JSON.stringify({
    inThread, now: Date.now(), made: new Date().getTime(), given: new Date(5).getTime(),
    isDate: statSync('.').mtime instanceof Date, steady: performance.now() })));
}
`;
const undo = undoneAfterEach(10_000);

test('a clock that is set back is behind in every thread, and the one that is never set goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-clock-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'clock');
  const program = join(folder, 'program.mjs');
  await writeFile(program, PROGRAM);
  const child = spawn(process.execPath, ['--import', CLOCK_PRELOAD, program], {
    env: { ...process.env, CHAOS_CLOCK_FILE: file },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo.push(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async () => {
    child.stdin.write('?');
    return JSON.parse((await lines.next()).value as string);
  };
  const right = await ask();
  await writeFile(file, String(HOUR_MS));
  // The file is looked at every 20 ms.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const set = await ask();
  for (const way of ['inThread', 'now', 'made'])
    expect(Math.round((right[way] - set[way]) / HOUR_MS)).toBe(1);
  expect(set).toMatchObject({ given: 5, isDate: true });
  expect(set.steady).toBeGreaterThan(right.steady);
  await rm(file);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await ask()).now).toBeGreaterThan(right.now);
});
