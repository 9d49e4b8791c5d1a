import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SommelierError } from '@sommelier/contracts';
import getPort from 'get-port';
import type { FoundRedis } from '../services/find-redis.ts';
import { type GuardedProcess, startGuarded } from '../services/guarded-process.ts';
import { pause } from './interruption.ts';

const APPS = fileURLToPath(new URL('../../..', import.meta.url));
const HOST = '127.0.0.1';
const HEALTH_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const REQUEST_TIMEOUT_MS = 2_000;
const LOG_LINES = 25;
const ADMIN_USER = 'admin';

/** Where everything of one demo is, and how its processes are told so. */
export interface DemoPlace {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentials: { readonly user: string; readonly password: string };
}

/** Lays out a demo in its working folder: addresses, secrets, and the environment that its processes share. */
export function layOut(
  folder: string,
  redis: FoundRedis,
  redisPrefix: string,
  base: NodeJS.ProcessEnv,
): DemoPlace {
  const credentials = { user: ADMIN_USER, password: randomBytes(12).toString('base64url') };
  const databaseUrl = `file:${join(folder, 'sommelier.db')}`;
  return {
    folder,
    databaseUrl,
    credentials,
    environment: {
      ...base,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      REDIS_PREFIX: redisPrefix,
      ARTIFACT_DIR: join(folder, 'artifacts'),
      // A file that is not there: the demo's configuration comes with its request.
      SOMMELIER_CONFIG: join(folder, 'sommelier.config.json'),
      ADMIN_USER: credentials.user,
      ADMIN_PASSWORD: credentials.password,
      LOG_LEVEL: 'info',
    },
  };
}

/** The running processes of a demo: one worker and two replicas of the API. */
export class Installation {
  readonly urls: readonly string[];
  readonly #processes: readonly GuardedProcess[];

  constructor(urls: readonly string[], processes: readonly GuardedProcess[]) {
    this.urls = urls;
    this.#processes = processes;
  }

  /** Starts the processes; `port` is the first replica's, if it is free. */
  static async start(place: DemoPlace, port: number | undefined): Promise<Installation> {
    const first = await getPort({ host: HOST, reserve: true, ...(port !== undefined && { port }) });
    if (port !== undefined && first !== port)
      throw new SommelierError('invalid-config', `Port ${port} is in use; choose another with --port.`);
    const ports = [first, await getPort({ host: HOST, reserve: true })];
    const start = (name: string, app: string, env: Record<string, string>): GuardedProcess =>
      startGuarded({
        name,
        command: process.execPath,
        args: [mainOf(app)],
        cwd: place.folder,
        env: { ...place.environment, ...env },
        logPath: join(place.folder, `${name.replaceAll(' ', '-')}.log`),
      });
    const processes = [
      start('worker', 'worker', {}),
      ...ports.map((each, index) => start(`api ${index + 1}`, 'api', { HOST, PORT: String(each) })),
    ];
    return new Installation(
      ports.map((each) => `http://${HOST}:${each}`),
      processes,
    );
  }

  /** Waits until both replicas answer. */
  async untilHealthy(signal: AbortSignal): Promise<void> {
    await this.until('answer /healthz', HEALTH_TIMEOUT_MS, signal, async () => {
      const answers = await Promise.all(this.urls.map((url) => status(`${url}/healthz`)));
      return answers.every((answer) => answer === 200);
    });
  }

  /** Polls a condition; fails at once when one of the processes has ended, or when time is up. */
  async until(
    what: string,
    timeoutMs: number,
    signal: AbortSignal,
    condition: () => Promise<boolean>,
  ): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await condition())) {
      this.requireRunning();
      if (Date.now() > deadline) {
        const message = `The replicas did not ${what} within ${timeoutMs / 1_000} s.`;
        throw new SommelierError('internal', `${message}\n${this.logs()}`);
      }
      await pause(POLL_MS, signal);
    }
  }

  /** @throws SommelierError with the end of the log of a process that has ended */
  requireRunning(): void {
    const ended = this.#processes.find((process) => !process.running());
    if (ended === undefined) return;
    const message = `The process "${ended.name}" has ended. The end of its log:\n${ended.tail(LOG_LINES)}`;
    throw new SommelierError('internal', message);
  }

  /** The last lines of the worker's log, or of every one. */
  logs(which: 'worker' | 'all' = 'all'): string {
    return this.#processes
      .filter(({ name }) => which === 'all' || name === which)
      .map((process) => `--- ${process.name} (${process.logPath})\n${process.tail(LOG_LINES)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
  }
}

function mainOf(app: string): string {
  const path = join(APPS, app, 'dist', 'main.js');
  if (existsSync(path)) return path;
  throw new SommelierError('service-missing', `${path} does not exist: run "npm run build" first.`);
}

async function status(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
