import { parentPort, workerData } from 'node:worker_threads';
import type { Batch } from '../batch.ts';
import { EpochSamples } from '../epoch-samples.ts';
import type { SamplerOrder, SamplerReply, SamplerWork } from './sampler-pool.ts';

/** Draws the batches that it is told to; each reply takes its arrays along. */
const { pairs, training } = workerData as SamplerWork;
const samples = new EpochSamples(pairs, training);

parentPort?.on('message', ({ id, epoch, from, to }: SamplerOrder) => {
  const drawn = samples.batch(epoch, from, to);
  // The lists of rows are views that the next batch overwrites.
  const batch: Batch = { ...drawn, userRows: drawn.userRows.slice(), itemRows: drawn.itemRows.slice() };
  const arrays = Object.values(batch).filter((value) => typeof value !== 'number');
  const reply: SamplerReply = { id, batch };
  parentPort?.postMessage(
    reply,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
});
