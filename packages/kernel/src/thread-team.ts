import { Worker } from 'node:worker_threads';
import { ABORTED } from './plan.ts';

/** Words of the control block through which the host speaks to its threads. */
export const CONTROL_WORDS = 8;
const WORD = { sequence: 0, function: 1, first: 2, end: 3, done: 4 } as const;
/** No function has this number: the threads end. */
const STOP = -1;
const THREAD_FILE = new URL('../thread/kernel-thread.mjs', import.meta.url);

/** A function of a kernel that all threads call together; 0 says that a thread has given up. */
export type TeamFunction = (plan: number, thread: number, first: number, end: number) => number | undefined;

export interface TeamParts<Name extends string> {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Addresses of the kernel's plan and of the control block. */
  readonly plan: number;
  readonly control: number;
  readonly threads: number;
  readonly functions: readonly Name[];
}

/**
 * The threads of a kernel over one shared memory. The caller's thread is the first of them; the others are worker
 * threads that sleep between calls.
 */
export class ThreadTeam<Name extends string> {
  readonly exports: Record<Name, TeamFunction> & WebAssembly.Exports;
  readonly #parts: TeamParts<Name>;
  readonly #control: Int32Array;
  readonly #aborted: Int32Array;
  readonly #workers: Worker[] = [];
  #failure: Error | undefined;

  private constructor(parts: TeamParts<Name>) {
    this.#parts = parts;
    this.#control = new Int32Array(parts.memory.buffer, parts.control, CONTROL_WORDS);
    this.#aborted = new Int32Array(parts.memory.buffer, parts.plan + ABORTED, 1);
    const instance = new WebAssembly.Instance(parts.module, { env: { memory: parts.memory } });
    this.exports = instance.exports as Record<Name, TeamFunction> & WebAssembly.Exports;
    for (let index = 1; index < parts.threads; index++) this.#workers.push(this.#startThread(index));
  }

  /** Starts the threads and waits until each is ready. */
  static async start<Name extends string>(parts: TeamParts<Name>): Promise<ThreadTeam<Name>> {
    const team = new ThreadTeam(parts);
    try {
      await Promise.all(team.#workers.map(readiness));
      return team;
    } catch (error) {
      await team.stop();
      throw error;
    }
  }

  /**
   * Has all threads call the function, this one as the first of them, and waits for the last.
   * @throws Error when a thread has died; the memory is in no known state then.
   */
  call(name: Name, first = 0, end = 0): void {
    if (this.#failure !== undefined) throw this.#failure;
    Atomics.store(this.#control, WORD.done, 0);
    if (this.#workers.length > 0) this.#command(this.#parts.functions.indexOf(name), first, end);
    if (this.exports[name](this.#parts.plan, 0, first, end) === 0) throw this.#stopped();
    let done = Atomics.load(this.#control, WORD.done);
    while (done < this.#workers.length) {
      Atomics.wait(this.#control, WORD.done, done, 1_000);
      done = Atomics.load(this.#control, WORD.done);
      if (Atomics.load(this.#aborted, 0) !== 0) throw this.#stopped();
    }
  }

  /** Ends the threads. The team cannot be used afterwards. */
  async stop(): Promise<void> {
    this.#failure ??= new Error('the kernel has been stopped');
    Atomics.store(this.#aborted, 0, 1);
    this.#command(STOP, 0, 0);
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }

  #stopped(): Error {
    return this.#failure ?? new Error('a thread of the kernel has stopped');
  }

  #command(functionIndex: number, first: number, end: number): void {
    this.#control[WORD.function] = functionIndex;
    this.#control[WORD.first] = first;
    this.#control[WORD.end] = end;
    Atomics.add(this.#control, WORD.sequence, 1);
    Atomics.notify(this.#control, WORD.sequence);
  }

  #startThread(index: number): Worker {
    const { module, memory, plan, functions } = this.#parts;
    const worker = new Worker(THREAD_FILE, {
      // Flags such as --input-type would come along otherwise, and a file cannot start with them.
      execArgv: [],
      workerData: { module, memory, plan, index, control: this.#control, aborted: this.#aborted, functions },
    });
    worker.on('error', (error: Error) => {
      this.#failure ??= error;
      Atomics.store(this.#aborted, 0, 1);
    });
    worker.unref();
    return worker;
  }
}

function readiness(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread of the kernel ended with code ${code}`)));
  });
}
