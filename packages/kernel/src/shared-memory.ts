/** Most bytes that 32-bit addresses reach. */
export const MAX_MEMORY_BYTES = 65_536 * 65_536;
const PAGE_BYTES = 65_536;
const ALIGNMENT = 64;
/** Address 0 stands for "none". */
const FIRST_ADDRESS = 1_024;

/** Hands out addresses from bottom to top, on cache lines of their own; nothing is allocated until all is known. */
export class MemoryArena {
  /** Begin and end of what lies unused behind each place, for tests that watch it. */
  readonly guards: (readonly [begin: number, end: number])[] = [];
  readonly #guardBytes: number;
  #next = FIRST_ADDRESS;

  constructor(guardBytes = 0) {
    this.#guardBytes = guardBytes;
  }

  take(bytes: number): number {
    const at = this.#next;
    this.#next = Math.ceil((at + bytes + this.#guardBytes) / ALIGNMENT) * ALIGNMENT;
    if (this.#guardBytes > 0) this.guards.push([at + bytes, this.#next]);
    return at;
  }

  get sizeBytes(): number {
    return this.#next;
  }
}

/** @throws RangeError when the size is beyond 32-bit addresses, or the machine refuses it. */
export function allocateShared(sizeBytes: number): WebAssembly.Memory {
  if (sizeBytes > MAX_MEMORY_BYTES) {
    throw new RangeError(`the kernel would need ${sizeBytes} bytes; it can have ${MAX_MEMORY_BYTES}`);
  }
  const pages = Math.ceil(sizeBytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
