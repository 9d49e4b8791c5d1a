import { isSommelierError } from '@sommelier/contracts';
import {
  createLogger,
  createRedaction,
  type Logger,
  readConfigFile,
  readEnvironment,
} from '@sommelier/platform';
import { startWorker } from './worker-process.ts';

const redact = createRedaction(process.env);
/** Longer than all graceful steps together; what hangs then is cut off, and the job's lock runs out by itself. */
const HARD_STOP_MS = 10_000;

/** Aborts on the first SIGTERM or SIGINT; ends the process for good if that takes too long. */
function stopSignal(logger: Logger): AbortSignal {
  const stopping = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) return;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error({ hardStopMs: HARD_STOP_MS }, 'stopping took too long; ending at once');
      process.exit(0);
    }, HARD_STOP_MS).unref();
    stopping.abort(new Error(`stopped by ${signal}`));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stopping.signal;
}

async function main(): Promise<void> {
  const environment = readEnvironment();
  // A run's row carries its whole configuration; of the file, a worker uses limits, retention and what schedules start from.
  const config = await readConfigFile(environment.SOMMELIER_CONFIG);
  const logger = createLogger('worker', environment.LOG_LEVEL, redact);
  const signal = stopSignal(logger);
  try {
    const worker = await startWorker(environment, config, logger, signal);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await worker.stop();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  logger.info('stopped');
  process.exit(0);
}

main().catch((error: unknown) => {
  const text = isSommelierError(error) ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(redact(`sommelier worker: ${text}\n`));
  process.exit(1);
});
