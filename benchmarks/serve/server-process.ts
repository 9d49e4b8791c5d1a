import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '../growth/repository.ts';
import { plainEnvironment } from '../train/child-process.ts';
import type { EventLoopReading } from './event-loop-probe.ts';

const GUARD = join(REPOSITORY, 'scripts', 'guard.mjs');
const PROBE = new URL('./event-loop-probe.js', import.meta.url).href;
const START_TIMEOUT_MS = 120_000;
const READING_TIMEOUT_MS = 5_000;
const POLL_MS = 10;
const TAIL = 2_000;

/** A server under measurement, a process of its own that ends with this one. */
export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** What its event loop did since the last call; undefined for what is not Node.js. */
  eventLoop(): Promise<EventLoopReading | undefined>;
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  /** A file for Node.js, or a program with arguments. */
  readonly command: { readonly node: string; readonly args?: readonly string[] } | readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for its log and readings; also its working directory. */
  readonly folder: string;
}

/**
 * Starts a server and waits for its line of JSON with `msg: "listening"`, `url` and `pid`. It writes its log to a
 * file: a pipe would make this process work for each of its lines.
 * @throws Error with the end of its log when it ends before that, or takes too long
 */
export async function startServer({ name, command, env, folder }: ServerCommand): Promise<ServerProcess> {
  const logPath = join(folder, `${name}.log`);
  const readingPath = join(folder, `${name}.event-loop.json`);
  const log = openSync(logPath, 'w');
  const isNode = 'node' in command;
  const line = isNode
    ? [process.execPath, '--import', PROBE, command.node, ...(command.args ?? [])]
    : [...command];
  const child = spawn(process.execPath, [GUARD, '--', ...line], {
    cwd: folder,
    env: { ...plainEnvironment(process.env), ...env, EVENT_LOOP_FILE: readingPath },
    // Out of reach of the keyboard's Ctrl-C: it ends when we do.
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  child.stdin!.on('error', () => {});
  let ended = false;
  const end = new Promise<void>((resolve) => {
    const mark = () => {
      ended = true;
      resolve();
    };
    child.once('error', mark).once('exit', mark);
  });
  const stop = async () => {
    child.stdin!.end();
    await end;
  };
  try {
    const { url, pid } = await listening(logPath, () => ended);
    const eventLoop = async () => (isNode ? readEventLoop(pid, readingPath) : undefined);
    return { name, url, pid, eventLoop, stop };
  } catch (error) {
    await stop();
    throw new Error(`${name} ${(error as Error).message}:\n${readFileSync(logPath, 'utf8').slice(-TAIL)}`);
  }
}

async function listening(logPath: string, ended: () => boolean): Promise<{ url: string; pid: number }> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    for (const line of readFileSync(logPath, 'utf8').split('\n')) {
      if (!line.includes('"listening"')) continue;
      const { url, pid } = JSON.parse(line) as { url: string; pid: number };
      return { url, pid };
    }
    if (ended()) throw new Error('ended before it listened');
    if (Date.now() > deadline) throw new Error('did not listen in time');
    await sleep(POLL_MS);
  }
}

async function readEventLoop(pid: number, path: string): Promise<EventLoopReading | undefined> {
  const before = parseReading(path)?.reading;
  process.kill(pid, 'SIGUSR2');
  const deadline = Date.now() + READING_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const reading = parseReading(path);
    if (reading !== undefined && reading.reading !== before) return reading;
    await sleep(POLL_MS);
  }
  return undefined;
}

function parseReading(path: string): EventLoopReading | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as EventLoopReading;
  } catch {
    return undefined;
  }
}

/** A program of this benchmark, as it was built. */
export function programOf(file: string): string {
  return fileURLToPath(new URL(`./${file}`, import.meta.url));
}
