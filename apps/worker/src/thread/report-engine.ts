import { Worker } from 'node:worker_threads';
import type { Environment, Logger } from '@sommelier/platform';

const THREAD_FILE = new URL('./engine-thread.js', import.meta.url);
const TIMEOUT_MS = 60_000;

type Answer = { engine: string; reason: string } | { problem: string };

/**
 * Logs at start where trainings will be computed and why, so that a missing GPU is seen before the first run. Every
 * run chooses anew, and logs it too. Resolves when it is logged; never rejects.
 */
export async function reportEngine(
  requested: Pick<Environment, 'ENGINE' | 'ENGINE_THREADS'>,
  logger: Logger,
): Promise<void> {
  const thread = new Worker(THREAD_FILE, { workerData: requested, name: 'engine' });
  thread.unref();
  const answer = await new Promise<Answer>((resolve) => {
    thread.on('message', resolve);
    thread.on('error', (error) => resolve({ problem: String(error) }));
    thread.on('exit', (code) => resolve({ problem: `looking for it ended with exit code ${code}` }));
    setTimeout(() => resolve({ problem: 'looking for it took too long' }), TIMEOUT_MS).unref();
  });
  await thread.terminate();
  if ('problem' in answer) logger.warn({ engine: requested.ENGINE }, `no engine: ${answer.problem}`);
  else logger.info(answer, `engine: ${answer.engine}, because ${answer.reason}`);
}
