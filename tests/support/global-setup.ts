import {
  findChromium,
  findPython,
  findRedisServer,
  installServices,
  type RunningService,
  startMysql,
  startRedis,
} from '../../scripts/services.mjs';

declare global {
  /** What the set-up has started; jest runs set-up and teardown in its main process, in separate module graphs. */
  var sommelierTestServices: RunningService[] | undefined;
}

/** Keeps a variable that the user has set; else sets it to what was found. */
function offer(name: string, value: string | undefined): void {
  if (process.env[name] === undefined && value !== undefined) process.env[name] = value;
}

/**
 * Finds, installs or starts what the integration and browser tests need, and hands its addresses on in
 * `TEST_REDIS_URL`, `TEST_REDIS_BINARY`, `TEST_MYSQL_URL`, `TEST_CHROMIUM` and `TEST_PYTHON`. A variable that is
 * set already names a server of the user's own, which is used instead and left running.
 */
export default async function setUp(): Promise<void> {
  if (globalThis.sommelierTestServices !== undefined) return;
  const running: RunningService[] = [];
  globalThis.sommelierTestServices = running;
  await installServices();
  offer('TEST_CHROMIUM', findChromium());
  offer('TEST_PYTHON', findPython());
  offer('TEST_REDIS_BINARY', findRedisServer());
  try {
    const start = async (name: string, starter: () => Promise<RunningService>): Promise<void> => {
      if (process.env[name] !== undefined) return;
      const service = await starter();
      running.push(service);
      process.env[name] = service.url;
    };
    const started = await Promise.allSettled([
      start('TEST_REDIS_URL', startRedis),
      start('TEST_MYSQL_URL', startMysql),
    ]);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
  } catch (error) {
    await Promise.all(running.splice(0).map((service) => service.stop()));
    throw error;
  }
}
