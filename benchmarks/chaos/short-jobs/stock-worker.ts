import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { STOCK_QUEUE } from './stock-queue.ts';

/** A BullMQ worker as it comes, which writes a line when it begins a job and one when it has done it. */
const { REDIS_HOST, REDIS_PORT, REDIS_PREFIX } = process.env;

/** In the form of the product's log, where a job is a run. */
function say(msg: string, runId?: string): void {
  console.log(JSON.stringify({ pid: process.pid, time: Date.now(), msg, runId }));
}

const worker = new Worker<{ ms: number }>(
  STOCK_QUEUE,
  async ({ id, data }) => {
    say('began', id);
    await sleep(data.ms);
    say('did', id);
  },
  { connection: { host: REDIS_HOST, port: Number(REDIS_PORT) }, prefix: REDIS_PREFIX ?? '' },
);
// Redis goes away again and again here.
worker.on('error', () => {});
await worker.waitUntilReady();
say('ready');
