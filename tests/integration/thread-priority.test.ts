import { Worker } from 'node:worker_threads';
import { expect, it } from '@jest/globals';

const MODULE = new URL('../../apps/api/dist/serving/model/thread-priority.js', import.meta.url).href;
/** A thread that lowers its own priority, and says what the system has of it and of the process's first thread. */
const CODE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { readFileSync } = require('node:fs');
  const niceOf = (task) => Number(readFileSync('/proc/' + task + '/stat', 'utf8').split(') ')[1].split(' ')[16]);
  import(workerData).then(({ lowerThreadPriority }) => {
    const before = process.platform === 'linux' ? niceOf('thread-self') : 0;
    lowerThreadPriority(3);
    if (process.platform !== 'linux') return parentPort.postMessage({ thread: before + 3, process: before, before });
    parentPort.postMessage({ thread: niceOf('thread-self'), process: niceOf('self/task/' + process.pid), before });
  });`;

it('lowers the priority of the calling thread, and of no other', async () => {
  const worker = new Worker(CODE, { eval: true, workerData: MODULE });
  const nice = await new Promise<{ thread: number; process: number; before: number }>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  expect(nice.thread).toBe(Math.min(19, nice.before + 3));
  expect(nice.process).toBe(nice.before);
});
