import { isSommelierError } from '@sommelier/contracts';
import {
  createLogger,
  createRedaction,
  type Logger,
  readConfigFile,
  readEnvironment,
} from '@sommelier/platform';
import { startApi } from './api-process.ts';

const redact = createRedaction(process.env);
/** Longer than all graceful steps together; what hangs then is cut off. */
const HARD_STOP_MS = 15_000;

/** An address as a browser takes it: IPv6 in brackets, and a wildcard as this machine. */
function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`;
}

function stopOnSignals(logger: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error({ hardStopMs: HARD_STOP_MS }, 'stopping took too long; ending at once');
      process.exit(1);
    }, HARD_STOP_MS).unref();
    stop().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function main(): Promise<void> {
  const environment = readEnvironment();
  const config = await readConfigFile(environment.SOMMELIER_CONFIG);
  const logger = createLogger('api', environment.LOG_LEVEL, redact);
  const api = await startApi(environment, config, logger);
  stopOnSignals(logger, () => api.stop());
  const { host, port } = api;
  logger.info({ host, port, url: urlOf(host, port) }, 'listening');
}

main().catch((error: unknown) => {
  // A configuration that is wrong is for a person to read; anything else comes with its stack.
  const text = isSommelierError(error) ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(redact(`sommelier api: ${text}\n`));
  process.exit(1);
});
