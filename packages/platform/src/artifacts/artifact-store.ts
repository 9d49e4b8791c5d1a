/** Where model files and snapshots live. Keys are relative paths such as `models/<version>/manifest.json`. */
export interface ArtifactStore {
  /**
   * Writes a file once: under a temporary name, synced, renamed. Putting the same key again replaces it whole. Parts are
   * written one after the other, and never put together in memory.
   */
  put(key: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void>;
  /** @throws SommelierError `artifact-not-found` */
  get(key: string): Promise<Uint8Array>;
  /**
   * The same into memory that threads share, read in pieces and never copied.
   * @throws SommelierError `artifact-not-found`
   */
  getShared(key: string): Promise<SharedArrayBuffer>;
  /** Keys that begin with `prefix`, ascending. Temporary files are not listed. */
  list(prefix: string): Promise<string[]>;
  /** No error when there is nothing. */
  delete(key: string): Promise<void>;
}
