import { Worker } from 'node:worker_threads';
import { SommelierError } from '@sommelier/contracts';
import type { Batch } from '../batch.ts';
import type { EngineSettings, TrainingPairs } from '../training-engine.ts';
import { batchRange, type SampleSource } from './sample-source.ts';

/** What a thread draws from. */
export interface SamplerWork {
  readonly pairs: TrainingPairs;
  readonly training: EngineSettings['training'];
}
export interface SamplerOrder {
  readonly id: number;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}
export interface SamplerReply {
  readonly id: number;
  readonly batch: Batch;
}

/** Compiled code only: Node 20 does not run a thread from TypeScript. */
const THREAD_FILE = new URL('./sampler-thread.js', import.meta.url);

/** Batches that each thread is ahead, so that it has the next one to draw while a finished one waits. */
const AHEAD_PER_THREAD = 2;

interface Ordered {
  readonly epoch: number;
  readonly index: number;
  readonly worker: Worker;
  readonly batch: Promise<Batch>;
}

/**
 * Draws batches on worker threads ahead of the engine, past the end of an epoch into the next: one thread draws about
 * four million samples a second, fewer than a GPU takes. What is drawn does not depend on the threads, since each
 * sample is a function of seed, epoch and pair alone.
 */
export class SamplerPool implements SampleSource {
  readonly total: number;
  readonly #batchSize: number;
  readonly #workers: readonly Worker[];
  readonly #waiting = new Map<number, { resolve(batch: Batch): void; reject(error: Error): void }>();
  /** What is drawn ahead, in the order in which it will be asked for. */
  #ahead: Ordered[] = [];
  #nextId = 0;
  #failure: Error | undefined;

  constructor(pairs: TrainingPairs, training: EngineSettings['training'], threads: number) {
    this.total = pairs.items.length * (1 + training.negativesPerPositive);
    this.#batchSize = training.batchSize;
    const work: SamplerWork = { pairs: shared(pairs), training };
    this.#workers = Array.from({ length: threads }, () => this.#start(work));
  }

  async batch(epoch: number, index: number): Promise<Batch> {
    const [first] = this.#ahead;
    if (first?.epoch !== epoch || first.index !== index) this.#ahead = [];
    let next = this.#ahead.at(-1) ?? this.#order(epoch, index);
    if (this.#ahead.length === 0) this.#ahead.push(next);
    // One more than may wait: the one that is handed out now.
    while (this.#ahead.length <= AHEAD_PER_THREAD * this.#workers.length) {
      next = this.#orderAfter(next);
      this.#ahead.push(next);
    }
    const { worker, batch } = this.#ahead.shift()!;
    // A thread keeps the process alive only while somebody waits for it.
    worker.ref();
    try {
      return await batch;
    } finally {
      worker.unref();
    }
  }

  async dispose(): Promise<void> {
    this.#fail(new SommelierError('internal', 'The threads that draw samples have been stopped'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #orderAfter({ epoch, index }: Ordered): Ordered {
    const isLast = (index + 1) * this.#batchSize >= this.total;
    return isLast ? this.#order(epoch + 1, 0) : this.#order(epoch, index + 1);
  }

  #order(epoch: number, index: number): Ordered {
    const id = this.#nextId++;
    const worker = this.#workers[id % this.#workers.length]!;
    const batch = new Promise<Batch>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.set(id, { resolve, reject });
      const order: SamplerOrder = { id, epoch, ...batchRange(index, this.#batchSize, this.total) };
      worker.postMessage(order);
    });
    // Whoever asks for it hears of a failure; what was drawn in vain has nobody to tell.
    batch.catch(() => {});
    return { epoch, index, worker, batch };
  }

  #start(work: SamplerWork): Worker {
    const worker = new Worker(THREAD_FILE, { workerData: work });
    worker.on('message', ({ id, batch }: SamplerReply) => {
      this.#waiting.get(id)?.resolve(batch);
      this.#waiting.delete(id);
    });
    worker.on('error', (cause: Error) => {
      this.#fail(
        new SommelierError('internal', `A thread that draws samples failed: ${cause.message}`, { cause }),
      );
    });
    worker.unref();
    return worker;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** The pairs in memory that all threads see, so that each does not get a copy. */
function shared(pairs: TrainingPairs): TrainingPairs {
  const offsets = new Uint32Array(new SharedArrayBuffer(pairs.offsets.byteLength));
  const items = new Uint32Array(new SharedArrayBuffer(pairs.items.byteLength));
  const strengths = new Float32Array(new SharedArrayBuffer(pairs.strengths.byteLength));
  offsets.set(pairs.offsets);
  items.set(pairs.items);
  strengths.set(pairs.strengths);
  return { ...pairs, offsets, items, strengths };
}
