import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildProcess, startChild } from '../growth/child-process.ts';
import { REPOSITORY } from '../growth/repository.ts';
import { type LogLine, parseLogLine } from '../growth/worker-log.ts';
import { CLOCK_FILE_VARIABLE } from './settings.ts';

/** Gives a process a wall clock that can be set. */
export const CLOCK_PRELOAD = join(REPOSITORY, 'benchmarks', 'dist', 'chaos', 'clock-preload.js');
/** Pause of the supervisor before it starts a process that has ended again. */
const RESTART_MS = 200;
const POLL_MS = 20;
const UP_TIMEOUT_MS = 120_000;

/** What the product's processes say when they are up. */
export const UP_LINES = { api: 'listening', worker: 'waiting for training runs' } as const;

export interface SupervisedOrder {
  readonly name: string;
  /** A file for Node.js, whose log is JSON. */
  readonly main: string;
  /** What it says when it is up. */
  readonly upLine: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory, made here. */
  readonly folder: string;
  readonly logFolder: string;
  readonly onLine?: (line: LogLine) => void;
}

/** A process that is started again whenever it ends, as a supervisor does. */
export class SupervisedProcess {
  readonly name: string;
  readonly folder: string;
  /** Times that it ended without having been killed by us, each with the last it said. */
  readonly ownEnds: string[] = [];
  readonly #order: SupervisedOrder;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #pid: number | undefined;
  #isUp = false;
  #isFrozen = false;
  #killed = false;
  #stopping = false;
  #startedAtMs = 0;

  private constructor(order: SupervisedOrder) {
    this.name = order.name;
    this.folder = order.folder;
    this.#order = order;
    this.#log = createWriteStream(join(order.logFolder, `${order.name}.log`), { flags: 'a' });
  }

  static async start(order: SupervisedOrder): Promise<SupervisedProcess> {
    await mkdir(order.folder, { recursive: true });
    const process = new SupervisedProcess(order);
    process.#run();
    return process;
  }

  /** By how many milliseconds its wall clock is behind; right while the file is not there. */
  get clockFile(): string {
    return join(this.folder, 'clock');
  }

  /** The process itself, not its guard; undefined until it has said something. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Whether it does what it is for, as far as it says. */
  get isUp(): boolean {
    return this.#isUp && !this.#isFrozen;
  }

  /** When it was last started (Unix ms): what it had taken before that is lost to it. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  /** Resolves when it is up. @throws Error after two minutes */
  async untilUp(): Promise<void> {
    const deadline = Date.now() + UP_TIMEOUT_MS;
    while (!this.isUp) {
      if (Date.now() > deadline) throw new Error(`${this.name} did not come up:\n${this.#child?.tail()}`);
      await sleep(POLL_MS);
    }
  }

  /** SIGKILL, as a crash; the supervisor starts it again. */
  kill(): void {
    if (this.#pid === undefined) return;
    this.#killed = true;
    this.#isUp = false;
    this.#isFrozen = false;
    signal(this.#pid, 'SIGKILL');
    this.#pid = undefined;
  }

  /** SIGSTOP: it neither runs nor ends. */
  freeze(): void {
    if (this.#pid === undefined) return;
    this.#isFrozen = true;
    signal(this.#pid, 'SIGSTOP');
  }

  /** SIGCONT. */
  thaw(): void {
    if (this.#pid !== undefined && this.#isFrozen) signal(this.#pid, 'SIGCONT');
    this.#isFrozen = false;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.thaw();
    await this.#child?.stop();
    await new Promise<void>((resolve) => this.#log.end(resolve));
  }

  #run(): void {
    const { env, folder, main } = this.#order;
    this.#killed = false;
    this.#isUp = false;
    this.#pid = undefined;
    this.#startedAtMs = Date.now();
    const child = startChild({
      command: process.execPath,
      args: ['--import', CLOCK_PRELOAD, main],
      env: { ...env, LOG_LEVEL: 'info', [CLOCK_FILE_VARIABLE]: this.clockFile },
      plain: true,
      cwd: folder,
      onLine: (text) => this.#see(text),
    });
    this.#child = child;
    void child.ended.then((code) => this.#ended(child, code));
  }

  #see(text: string): void {
    this.#log.write(`${text}\n`);
    const line = parseLogLine(text);
    // What a killed process has written is read after its end.
    if (line === undefined) return;
    if (!this.#killed) {
      this.#pid = line.pid;
      if (line.message === this.#order.upLine) this.#isUp = true;
    }
    this.#order.onLine?.(line);
  }

  async #ended(child: ChildProcess, code: number): Promise<void> {
    this.#isUp = false;
    this.#pid = undefined;
    if (this.#stopping) return;
    if (!this.#killed) this.ownEnds.push(`${this.name} ended by itself (${code}): ${lastLine(child.tail())}`);
    await sleep(RESTART_MS);
    if (!this.#stopping) this.#run();
  }
}

/** A process that has just ended by itself is no error here: its supervisor hears of it. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function lastLine(tail: string): string {
  return tail.split('\n').at(-1)?.slice(0, 300) ?? '';
}
