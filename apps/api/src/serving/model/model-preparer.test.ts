import { afterEach, describe, expect, it } from '@jest/globals';
import type { Manifest } from '@sommelier/contracts';
import { ModelPreparer } from './model-preparer.ts';

const ENTRY = new URL('../testing/fixture-loading-thread.mjs', import.meta.url);
const preparers: ModelPreparer[] = [];

function start(): ModelPreparer {
  const preparer = new ModelPreparer(ENTRY);
  preparers.push(preparer);
  return preparer;
}

/** The fixture does what the version says, and counts the models that it has met. */
async function prepare(
  preparer: ModelPreparer,
  version: string,
  timeoutMs = 10_000,
  signal = new AbortController().signal,
) {
  const fetched = { bytes: new SharedArrayBuffer(8), manifest: { version } as Manifest };
  const model = await preparer.prepare(fetched, { timeoutMs, signal, yielding: false });
  return { version: model.manifest.version, met: new Int32Array(model.bytes)[0] };
}

afterEach(async () => {
  await Promise.all(preparers.splice(0).map((preparer) => preparer.close()));
});

describe('ModelPreparer', () => {
  it('gives what its thread prepared, in the same memory, all models by one thread', async () => {
    const preparer = start();
    expect(await prepare(preparer, 'one')).toEqual({ version: 'one', met: 1 });
    expect(await prepare(preparer, 'two')).toEqual({ version: 'two', met: 2 });
  });

  it('passes on that a model is refused, and goes on', async () => {
    const preparer = start();
    await expect(prepare(preparer, 'refuse')).rejects.toMatchObject({
      code: 'model-file-invalid',
      message: 'the test wants it refused',
    });
    expect(await prepare(preparer, 'next')).toEqual({ version: 'next', met: 2 });
  });

  it.each([
    ['throw', 'a fault of the test'],
    ['exit', 'code 3'],
  ])('fails when its thread dies of a model, and has another for the next: %s', async (version, message) => {
    const preparer = start();
    await expect(prepare(preparer, version)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining(message),
    });
    expect(await prepare(preparer, 'next')).toEqual({ version: 'next', met: 1 });
  });

  it('has another thread when one died between two models', async () => {
    const preparer = start();
    expect(await prepare(preparer, 'exit-later')).toMatchObject({ met: 1 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await prepare(preparer, 'next')).toEqual({ version: 'next', met: 1 });
  });

  it('ends a thread that takes too long, or whose model is not wanted any more', async () => {
    const preparer = start();
    await expect(prepare(preparer, 'loop', 300)).rejects.toThrow('within 300 ms');
    await expect(prepare(preparer, 'loop', 10_000, AbortSignal.timeout(300))).rejects.toThrow('not wanted');
    await expect(prepare(preparer, 'one', 10_000, AbortSignal.abort())).rejects.toThrow('not wanted');
    expect(await prepare(preparer, 'next')).toEqual({ version: 'next', met: 1 });
  });

  it('fails what it works on when it is closed', async () => {
    const preparer = start();
    const working = expect(prepare(preparer, 'loop')).rejects.toMatchObject({ code: 'internal' });
    await preparer.close();
    await working;
  });
});
