import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ActiveModel, SommelierError } from '@sommelier/contracts';
import { idTableFrom } from '@sommelier/ncf';
import { createLogger } from '@sommelier/platform';
import { ModelHolder, type ServableModel } from './model-holder.ts';

/** A promise that the test settles by hand. */
function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

let row: ActiveModel | undefined;
let readFailure: Error | undefined;
let loadFailure: Error | undefined;
let beforeLoaded: Promise<void>;
let nowMs: number;
/** By how much the wall clock was set back. */
let setBackMs: number;
let loads: number[];
let closed: number[];
let holder: ModelHolder;
/** What the observer has heard: codes of failures, and `swapped`. */
let observed: string[];

function activate(generation: number): void {
  row = { generation, version: `v${generation}`, activatedBy: 'test', activatedAtMs: 0 };
}

beforeEach(() => {
  row = undefined;
  readFailure = undefined;
  loadFailure = undefined;
  beforeLoaded = Promise.resolve();
  nowMs = 1_000_000;
  setBackMs = 0;
  loads = [];
  closed = [];
  observed = [];
  holder = new ModelHolder({
    readActive: async () => {
      if (readFailure !== undefined) throw readFailure;
      return row;
    },
    load: async ({ version, generation }): Promise<ServableModel> => {
      loads.push(generation);
      await beforeLoaded;
      if (loadFailure !== undefined) throw loadFailure;
      return {
        version,
        generation,
        itemIds: idTableFrom([]),
        score: async () => ({ strategy: 'popular', items: [] }),
        close: async () => void closed.push(generation),
      };
    },
    logger: createLogger('test', 'silent'),
    observer: { failed: (code) => observed.push(code), swapped: () => observed.push('swapped') },
    now: () => nowMs - setBackMs,
    monotonicMs: () => nowMs,
    retryDelayMs: 1_000,
  });
});

const serving = () => holder.withModel(async (model) => model.generation);

describe('ModelHolder', () => {
  it('has no model until one is active', async () => {
    await holder.refresh();
    await expect(serving()).rejects.toMatchObject({ code: 'no-model' });
    activate(1);
    await holder.refresh();
    expect(await serving()).toBe(1);
    expect(holder.status()).toEqual({
      version: 'v1',
      generation: 1,
      loadedAtMs: 1_000_000,
      lastReloadError: null,
    });
  });

  it('loads a generation once, however often it is asked to refresh', async () => {
    activate(1);
    await Promise.all([holder.refresh(), holder.refresh(), holder.refresh()]);
    await holder.refresh();
    expect(loads).toEqual([1]);
  });

  it('serves the old model while the new one loads, and frees it after its last request', async () => {
    activate(1);
    await holder.refresh();
    const request = gate();
    const running = holder.withModel(async (model) => {
      await request.passed;
      return model.generation;
    });
    const load = gate();
    beforeLoaded = load.passed;
    activate(2);
    const refreshed = holder.refresh();
    expect(await serving()).toBe(1);
    load.open();
    await refreshed;
    expect(await serving()).toBe(2);
    expect(closed).toEqual([]);
    request.open();
    expect(await running).toBe(1);
    expect(closed).toEqual([1]);
  });

  it('frees a model whose request failed', async () => {
    activate(1);
    await holder.refresh();
    const request = gate();
    const failing = holder.withModel(async () => {
      await request.passed;
      throw new Error('a fault of the test');
    });
    activate(2);
    await holder.refresh();
    request.open();
    await expect(failing).rejects.toThrow('a fault of the test');
    expect(closed).toEqual([1]);
  });

  it('looks again when it is asked during a refresh: the row may have changed after it was read', async () => {
    const load = gate();
    beforeLoaded = load.passed;
    activate(1);
    const first = holder.refresh();
    await Promise.resolve();
    activate(2);
    const second = holder.refresh();
    load.open();
    await Promise.all([first, second]);
    expect(await serving()).toBe(2);
    expect(closed).toEqual([1]);
  });

  it('swaps to a lower generation too: the row is the truth', async () => {
    activate(5);
    await holder.refresh();
    activate(4);
    await holder.refresh();
    expect(await serving()).toBe(4);
  });

  it('tries again after the same pause when the clock was set back meanwhile', async () => {
    activate(1);
    loadFailure = new SommelierError('model-file-invalid', 'the hash differs');
    await holder.refresh();
    loadFailure = undefined;
    setBackMs = 500_000;
    nowMs += 1_000;
    await holder.refresh();
    expect(await serving()).toBe(1);
  });

  it('keeps the last good model, shows the failure, and tries again with growing pauses', async () => {
    activate(1);
    await holder.refresh();
    activate(2);
    loadFailure = new SommelierError('model-file-invalid', 'the hash differs');
    await holder.refresh();
    expect(await serving()).toBe(1);
    expect(holder.status()).toMatchObject({
      generation: 1,
      lastReloadError: { version: 'v2', generation: 2, code: 'model-file-invalid', failures: 1 },
    });
    await holder.refresh();
    expect(loads).toEqual([1, 2]);
    nowMs += 1_000;
    await holder.refresh();
    expect(loads).toEqual([1, 2, 2]);
    nowMs += 1_000;
    await holder.refresh();
    expect(loads).toEqual([1, 2, 2]);
    nowMs += 1_000;
    loadFailure = undefined;
    await holder.refresh();
    expect(await serving()).toBe(2);
    expect(holder.status().lastReloadError).toBeNull();
    expect(observed).toEqual(['swapped', 'model-file-invalid', 'model-file-invalid', 'swapped']);
  });

  it('tries another generation at once after a failure', async () => {
    activate(1);
    loadFailure = new Error('damaged');
    await holder.refresh();
    loadFailure = undefined;
    activate(2);
    await holder.refresh();
    expect(await serving()).toBe(2);
  });

  it('says why there is no model', async () => {
    activate(1);
    loadFailure = new SommelierError('model-file-invalid', 'the hash differs');
    await holder.refresh();
    await expect(serving()).rejects.toThrow('v1 was refused: the hash differs');
    activate(2);
    loadFailure = new SommelierError('artifact-store', '/a/private/path cannot be read');
    await holder.refresh();
    await expect(serving()).rejects.toThrow('v2 was refused: The artifact store cannot be used');
  });

  it('serves on while the row cannot be read, and remembers a failed load meanwhile', async () => {
    activate(1);
    await holder.refresh();
    activate(2);
    loadFailure = new Error('damaged');
    await holder.refresh();
    readFailure = new SommelierError('database-unavailable', 'away');
    await holder.refresh();
    expect(await serving()).toBe(1);
    expect(holder.status().lastReloadError).toMatchObject({ code: 'database-unavailable', version: null });
    readFailure = undefined;
    await holder.refresh();
    expect(loads).toEqual([1, 2]);
    expect(holder.status().lastReloadError).toMatchObject({ code: 'internal', version: 'v2' });
  });

  it('keeps its model when the row disappears', async () => {
    activate(1);
    await holder.refresh();
    row = undefined;
    await holder.refresh();
    expect(await serving()).toBe(1);
  });

  it('frees its model when it closes, also one that was just loading', async () => {
    activate(1);
    await holder.refresh();
    const load = gate();
    beforeLoaded = load.passed;
    activate(2);
    const refreshed = holder.refresh();
    const closing = holder.close();
    load.open();
    await Promise.all([refreshed, closing]);
    expect([...closed].sort()).toEqual([1, 2]);
    await expect(serving()).rejects.toMatchObject({ code: 'no-model' });
  });
});
