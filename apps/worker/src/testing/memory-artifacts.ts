import { SommelierError } from '@sommelier/contracts';
import type { ArtifactStore } from '@sommelier/platform';

/** An artifact store in memory; `failsAt` says which key cannot be written, as on a full disk. */
export function memoryArtifacts(failsAt: (key: string) => boolean = () => false) {
  const files = new Map<string, Uint8Array>();
  const store: ArtifactStore = {
    async put(key, bytes) {
      if (failsAt(key)) throw new SommelierError('artifact-store', `${key}: no space is left`);
      files.set(key, new Uint8Array('byteLength' in bytes ? bytes : Buffer.concat(bytes)));
    },
    async get(key) {
      const bytes = files.get(key);
      if (bytes === undefined) throw new SommelierError('artifact-not-found', key);
      return bytes;
    },
    async getShared(key) {
      const bytes = await store.get(key);
      const shared = new SharedArrayBuffer(bytes.length);
      new Uint8Array(shared).set(bytes);
      return shared;
    },
    list: async (prefix) => [...files.keys()].filter((key) => key.startsWith(prefix)).sort(),
    async delete(key) {
      files.delete(key);
    },
  };
  return { store, keys: () => [...files.keys()].sort() };
}
