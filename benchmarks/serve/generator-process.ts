import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromGenerator, ToGenerator } from './load-generator.ts';
import type { LoadJob, LoadResult } from './load-job.ts';

const PROGRAM = fileURLToPath(new URL('./load-generator.js', import.meta.url));

/** A load generator in a process of its own, which takes one job at a time. */
export interface Generator {
  run(job: LoadJob): Promise<LoadResult>;
  /** Ends the job that is under way; its result comes as always. */
  stopJob(): void;
  close(): void;
}

export function startGenerator(): Generator {
  const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const send = (message: ToGenerator) => void child.send(message);
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const gone = () => reject(new Error('The load generator ended'));
        child.once('exit', gone);
        child.once('message', (reply: FromGenerator) => {
          child.off('exit', gone);
          if ('error' in reply) reject(new Error(`The load generator failed: ${reply.error}`));
          else resolve(reply.result);
        });
        send({ kind: 'job', job });
      }),
    stopJob: () => send({ kind: 'stop' }),
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}
