// The load generator, a process of its own: a job at a time comes as a message, and its result goes back as one.
import type { LoadJob, LoadResult } from './load-job.ts';
import { LoadRun } from './run-load.ts';

export type ToGenerator =
  | { readonly kind: 'job'; readonly job: LoadJob }
  /** Ends the job that is under way. */
  | { readonly kind: 'stop' };

export type FromGenerator = { readonly result: LoadResult } | { readonly error: string };

let current: LoadRun | undefined;

async function answer(job: LoadJob): Promise<FromGenerator> {
  try {
    current = new LoadRun(job);
    return { result: await current.run() };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    current = undefined;
  }
}

process.on('message', (message: ToGenerator) => {
  if (message.kind === 'stop') current?.stop();
  else void answer(message.job).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
