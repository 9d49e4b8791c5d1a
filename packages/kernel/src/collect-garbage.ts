import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects what the calling thread's heap does not refer to any more, and so frees the arrays and kernels behind it. A
 * kernel's or a model's shared memory is gigabytes to the machine but a small object to V8, which sees no reason to look
 * for it. Takes a few milliseconds for a small heap, and a fraction of a second for a large one.
 */
export function collectGarbage(): void {
  collect ??= garbageCollector();
  collect();
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Less than this is not worth the pause: a replica's heap takes tens to hundreds of milliseconds. */
const RETIRED_BYTES = 256 * 2 ** 20;
/** A kernel's memory takes gigabytes of addresses, however small it is. */
const RETIRED_MEMORIES = 16;

/** What a thread does not need any more, until there is enough of it to collect the thread's garbage. */
export class RetiredMemory {
  readonly #collect: () => void;
  #bytes = 0;
  #count = 0;

  constructor(collect: () => void = collectGarbage) {
    this.#collect = collect;
  }

  /** Notes that nothing refers to so many bytes of shared memory any more, and collects when it is time. */
  retire(bytes: number): void {
    this.#bytes += bytes;
    this.#count++;
    if (this.#bytes < RETIRED_BYTES && this.#count < RETIRED_MEMORIES) return;
    this.#bytes = 0;
    this.#count = 0;
    this.#collect();
  }
}
