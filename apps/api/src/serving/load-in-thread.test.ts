import { describe, expect, it } from '@jest/globals';
import type { Manifest } from '@sommelier/contracts';
import { loadInThread } from './load-in-thread.ts';

const ENTRY = new URL('./testing/fixture-loading-thread.mjs', import.meta.url);

/** The fixture does what the version says. */
function load(version: string, timeoutMs = 10_000, signal = new AbortController().signal) {
  const fetched = { bytes: new SharedArrayBuffer(8), manifest: { version } as Manifest };
  return loadInThread(ENTRY, fetched, { timeoutMs, signal, yielding: false });
}

describe('loadInThread', () => {
  it('gives what the thread prepared, in the same memory', async () => {
    const model = await load('good');
    const [ended] = new Int32Array(model.bytes);
    expect(model.manifest.version).toBe('good');
    expect(ended).toBe(1);
  });

  it('fails as the thread does: when it refuses, throws or ends', async () => {
    await expect(load('refuse')).rejects.toMatchObject({
      code: 'model-file-invalid',
      message: 'the test wants it refused',
    });
    await expect(load('throw')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('a fault of the test'),
    });
    await expect(load('exit')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('code 3'),
    });
  });

  it('ends a thread that takes too long, or whose model is not wanted any more', async () => {
    await expect(load('loop', 300)).rejects.toThrow('within 300 ms');
    await expect(load('loop', 10_000, AbortSignal.timeout(300))).rejects.toThrow('not wanted any more');
    await expect(load('good', 10_000, AbortSignal.abort())).rejects.toThrow('not wanted any more');
  });
});
