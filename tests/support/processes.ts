import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const DEFAULT_WAIT_MS = 90_000;
const STOP_WAIT_MS = 15_000;
const MAX_LINES_KEPT = 5_000;
const LINES_IN_AN_ERROR = 40;

/** A process of the product under test. */
export interface ProductProcess {
  readonly name: string;
  readonly pid: number;
  /** What it has written so far, standard output and error together, a line each. */
  readonly lines: readonly string[];
  /** Resolves with the first line, past or future, that matches; rejects when the process ends without one. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  exited(timeoutMs?: number): Promise<number | NodeJS.Signals>;
  /** SIGTERM, and SIGKILL if that is not enough; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts processes of the product, and ends what is left of them. */
export interface Processes {
  /**
   * Starts `apps/<app>/dist/main.js` in an empty folder, with nothing of the test's environment but PATH and HOME:
   * what a developer has exported must not change a test.
   */
  start(app: 'api' | 'worker' | 'cli', options?: StartOptions): ProductProcess;
  /** Ends every process that is still running and removes the folders. Call it in `afterEach` or `afterAll`. */
  stopAll(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly name?: string;
}

export function createProcesses(): Processes {
  const started: ProductProcess[] = [];
  const folders: string[] = [];
  return {
    start(app, options = {}) {
      const folder = mkdtempSync(join(tmpdir(), `sommelier-${app}-`));
      folders.push(folder);
      const child = spawn(
        process.execPath,
        [join(REPOSITORY, 'apps', app, 'dist', 'main.js'), ...(options.args ?? [])],
        {
          cwd: folder,
          env: { PATH: process.env.PATH ?? '', HOME: folder, ...options.env },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const product = observe(child, options.name ?? app);
      started.push(product);
      return product;
    },
    async stopAll() {
      await Promise.all(started.splice(0).map((product) => product.stop()));
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a probe gives something, asking again and again; a probe that throws counts as "not yet". */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? DEFAULT_WAIT_MS);
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: did not happen in time`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 50));
  }
}

function observe(child: ChildProcess, name: string): ProductProcess {
  const lines: string[] = [];
  const watchers = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (lines.push(line) > MAX_LINES_KEPT) lines.shift();
      for (const watch of watchers) watch(line);
    });
  }
  // `close` and not `exit`: by then every line has been read.
  const closed = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    () => -1,
  );
  const explain = (what: string): Error =>
    new Error(`${name} ${what}; its last lines:\n${lines.slice(-LINES_IN_AN_ERROR).join('\n')}`);
  const exited = (timeoutMs = DEFAULT_WAIT_MS): Promise<number | NodeJS.Signals> =>
    within(closed, timeoutMs, () => explain(`is still running after ${timeoutMs} ms`));

  return {
    name,
    pid: child.pid ?? -1,
    lines,
    exited,
    kill: (signal) => void child.kill(signal),
    waitForLine(pattern, timeoutMs = DEFAULT_WAIT_MS) {
      const past = lines.find((line) => pattern.test(line));
      if (past !== undefined) return Promise.resolve(past);
      let watch: (line: string) => void = () => {};
      const found = new Promise<string>((resolve, reject) => {
        watch = (line) => {
          if (pattern.test(line)) resolve(line);
        };
        watchers.add(watch);
        void closed.then((code) => reject(explain(`ended (${code}) before a line that matches ${pattern}`)));
      });
      return within(found, timeoutMs, () =>
        explain(`wrote no line that matches ${pattern} in ${timeoutMs} ms`),
      ).finally(() => watchers.delete(watch));
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await exited(STOP_WAIT_MS).catch(() => {
        child.kill('SIGKILL');
        return closed;
      });
    },
  };
}

async function within<T>(promise: Promise<T>, timeoutMs: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
