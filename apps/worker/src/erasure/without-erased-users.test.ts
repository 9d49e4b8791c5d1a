import { describe, expect, test } from '@jest/globals';
import { exampleManifest } from '@sommelier/contracts/testing';
import { decodeModelFile, encodeModelFile, modelFrom } from '@sommelier/ncf';
import { type Database, type ErasedUser, userHash } from '@sommelier/platform';
import type { TrainedModel } from '../thread/thread-messages.ts';
import type { ErasureWork } from './erasure-work.ts';
import { removeFromModelFile } from './removal.ts';
import { withoutErasedUsers } from './without-erased-users.ts';

/** Two users of two items, without an MLP branch. */
const FILE = encodeModelFile(
  modelFrom(
    {
      userIds: ['a', 'b'],
      itemIds: ['x', 'y'],
      offsets: Uint32Array.of(0, 1, 3),
      items: Uint32Array.of(0, 0, 1),
      strengths: Float32Array.of(1, 1, 1),
      timestampsMs: Float64Array.of(1, 2, 3),
    },
    {
      shape: { userCount: 2, itemCount: 2, factors: 1, layers: [] },
      userGmf: Float32Array.of(1, 2),
      itemGmf: Float32Array.of(3, 4),
      userMlp: new Float32Array(),
      itemMlp: new Float32Array(),
      mlp: [],
      outputWeight: Float32Array.of(1),
      outputBias: Float32Array.of(0),
    },
  ),
);
const { counts, probes, components, file: description } = exampleManifest(1);
const trained = { file: FILE, counts, probes, components, description } as unknown as TrainedModel;

function removing(stored: readonly ErasedUser[], readThrough: number) {
  const log: string[] = [];
  const database = {
    erasures: { after: async (id: number) => stored.filter((one) => one.id > id) },
  } as unknown as Pick<Database, 'erasures'>;
  const work: Pick<ErasureWork, 'removeFromModel'> = {
    removeFromModel: async (source, hashes) =>
      removeFromModelFile('bytes' in source ? source.bytes : new Uint8Array(), new Set(hashes)),
  };
  const result = withoutErasedUsers(
    { database, erasureWork: () => work as ErasureWork },
    {
      trained,
      readThrough,
      signal: new AbortController().signal,
      reporter: { log: (line) => log.push(line) },
    },
  );
  return { result, log };
}

const erasure = (id: number, userId: string) => ({ id, userHash: userHash(userId) });

describe('withoutErasedUsers', () => {
  test('leaves a model alone of which nobody was erased since the run read', async () => {
    const { result, log } = removing([erasure(1, 'a'), erasure(2, 'b')], 2);
    expect(await result).toEqual({ model: trained, erasedThrough: 2 });
    expect(log).toEqual([]);
  });

  test('notes erasures of others, so that the version need not be looked through again', async () => {
    const { result } = removing([erasure(3, 'nobody')], 2);
    expect(await result).toEqual({ model: trained, erasedThrough: 3 });
  });

  test('takes out who was, with counts, probes and hash of the new file', async () => {
    const { result, log } = removing([erasure(3, 'a'), erasure(4, 'nobody')], 2);
    const { model, erasedThrough } = await result;
    expect(erasedThrough).toBe(4);
    expect(decodeModelFile(model.file).userIds.indexOf('a')).toBe(-1);
    expect(model).toMatchObject({
      counts: { users: 1, items: 2, interactions: 2 },
      description: { sizeBytes: model.file.length },
      probes: [{ userId: 'b', items: [] }],
      components: [],
    });
    expect(log).toEqual([expect.stringContaining('Removed 1 user')]);
  });

  test('fails when nobody is left', async () => {
    const { result } = removing([erasure(3, 'a'), erasure(4, 'b')], 2);
    await expect(result).rejects.toMatchObject({ code: 'all-filtered' });
  });
});
