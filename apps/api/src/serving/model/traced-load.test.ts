import { describe, expect, it } from '@jest/globals';
import { exampleManifest } from '@sommelier/contracts/testing';
import { type Database, NO_TRACING, type SpanStart, type Tracing } from '@sommelier/platform';
import { tracedLoad } from './traced-load.ts';

const NOW_MS = 1_800_000_000_000;
const ORIGIN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** Spans that were started, and the errors with which they ended. */
function recording() {
  const started: SpanStart[] = [];
  const ended: unknown[] = [];
  const tracing: Tracing = {
    isOn: true,
    start(span) {
      started.push(span);
      return { traceparent: undefined, set: () => undefined, end: (how) => void ended.push(how?.error) };
    },
    close: async () => undefined,
  };
  return { started, ended, tracing };
}

function databaseWith(traceparentOf: (runId: string) => Promise<string | undefined>): Database {
  const { runId } = exampleManifest(1);
  return { models: { get: async () => ({ runId }) }, trainingRuns: { traceparentOf } } as unknown as Database;
}

const activated = (agoMs: number) => ({
  version: 'v',
  generation: 4,
  activatedBy: 'test',
  activatedAtMs: NOW_MS - agoMs,
});

describe('tracedLoad', () => {
  it("is a part of the trace of the model's run when the model was activated a moment ago", async () => {
    const { started, ended, tracing } = recording();
    const runs: string[] = [];
    const database = databaseWith(async (runId) => {
      runs.push(runId);
      return ORIGIN;
    });
    const parts = { tracing, database, nowMs: () => NOW_MS };
    expect(await tracedLoad(parts, activated(5_000), async () => 'loaded')).toBe('loaded');
    expect(runs).toEqual([exampleManifest(1).runId]);
    expect(started).toMatchObject([{ name: 'load model', parent: ORIGIN }]);
    expect(started[0]?.attributes).toEqual({
      'sommelier.model.version': 'v',
      'sommelier.model.generation': 4,
    });
    expect(ended).toEqual([undefined]);
  });

  it('only links to that trace when the model is old', async () => {
    const { started, tracing } = recording();
    const parts = { tracing, database: databaseWith(async () => ORIGIN), nowMs: () => NOW_MS };
    await tracedLoad(parts, activated(86_400_000), async () => undefined);
    expect(started).toMatchObject([{ link: ORIGIN }]);
    expect(started[0]?.parent).toBeUndefined();
  });

  it('loads without an origin while the database is away, and says why loading failed', async () => {
    const { started, ended, tracing } = recording();
    const away = databaseWith(async () => {
      throw new Error('away');
    });
    const parts = { tracing, database: away, nowMs: () => NOW_MS };
    const damaged = new Error('damaged');
    await expect(tracedLoad(parts, activated(0), () => Promise.reject(damaged))).rejects.toBe(damaged);
    expect(started).toHaveLength(1);
    expect(ended).toEqual([damaged]);
  });

  it('asks nobody while nobody traces', async () => {
    const database = databaseWith(async () => {
      throw new Error('asked');
    });
    const parts = { tracing: NO_TRACING, database, nowMs: () => NOW_MS };
    expect(await tracedLoad(parts, activated(0), async () => 1)).toBe(1);
  });
});
