import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Probe } from '@sommelier/contracts';
import {
  encodeModelFile,
  type Interactions,
  makeProbes,
  modelFrom,
  type NeuMFParameters,
} from '@sommelier/ncf';
import { modelKey } from '@sommelier/platform';
import { randomModel } from '../support/random-model.ts';
import { createInstallation } from '../support/replicas.ts';

const READER = join(import.meta.dirname, '..', 'support', 'read_model.py');
const USERS = 40;
const ITEMS = 300;

/** A reproducible, aperiodic sequence in (-1, 1). */
const wave = (length: number, phase: number) =>
  Float32Array.from({ length }, (_, k) => Math.sin((k + 1) * (k + phase) * 0.7));

function parametersOf(layers: readonly number[]): NeuMFParameters {
  const factors = 5;
  const width = (layers[0] ?? 0) / 2;
  return {
    shape: { userCount: USERS, itemCount: ITEMS, factors, layers },
    userGmf: wave(USERS * factors, 1),
    itemGmf: wave(ITEMS * factors, 2),
    userMlp: wave(USERS * width, 3),
    itemMlp: wave(ITEMS * width, 4),
    mlp: layers.slice(1).map((units, index) => ({
      weight: wave(units * (layers[index] ?? 0), 5 + index),
      bias: wave(units, 15 + index),
    })),
    outputWeight: wave(factors + (layers.at(-1) ?? 0), 25),
    outputBias: wave(1, 26),
  };
}

/** Every user has seen four items; the ids are not all ASCII. */
function interactions(): Interactions {
  const pairs = USERS * 4;
  return {
    userIds: Array.from({ length: USERS }, (_, k) => `über-${String(k).padStart(3, '0')}`),
    itemIds: Array.from({ length: ITEMS }, (_, k) => `\u{1F377}${String(k).padStart(4, '0')}`),
    offsets: Uint32Array.from({ length: USERS + 1 }, (_, user) => user * 4),
    items: Uint32Array.from({ length: pairs }, (_, pair) => (pair * 71) % ITEMS),
    strengths: new Float32Array(pairs).fill(1),
    timestampsMs: new Float64Array(pairs),
  };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-python-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function readWithPython(file: Uint8Array, n: number, users: readonly string[]): Promise<Probe[]> {
  const path = join(folder, 'model.safetensors');
  await writeFile(path, file);
  const { stdout } = await promisify(execFile)('python3', [
    READER,
    path,
    '--n',
    String(n),
    '--users',
    ...users,
  ]);
  return JSON.parse(stdout) as Probe[];
}

describe('a reader in Python that shares no code', () => {
  test.each([[[64, 32, 16, 8]], [[6, 3]], [[4]], [[]]])(
    'reproduces every list of a model with layers %j',
    async (layers) => {
      const model = modelFrom(interactions(), parametersOf(layers));
      const probes = makeProbes(model, 20, 10);
      expect(probes).toHaveLength(20);
      const read = await readWithPython(
        encodeModelFile(model),
        10,
        probes.map(({ userId }) => userId),
      );
      const idsOf = (list: readonly Probe[]) =>
        list.map(({ userId, items }) => [userId, ...items.map(({ itemId }) => itemId)]);
      expect(idsOf(read)).toEqual(idsOf(probes));
      for (const [k, { items }] of read.entries()) {
        for (const [rank, { score }] of items.entries()) {
          expect(Math.abs(score - (probes[k]?.items[rank]?.score ?? Number.NaN))).toBeLessThan(1e-9);
        }
      }
    },
  );

  test('reproduces the API from the file that the API serves', async () => {
    const shop = await createInstallation('sqlite', process.env.TEST_REDIS_URL ?? '');
    try {
      const replica = await shop.startReplica();
      const active = await shop.publish(randomModel(7));
      await replica.serves(active.generation);
      const users = Array.from({ length: 20 }, (_, k) => `u${String(2 * k).padStart(5, '0')}`);
      const read = await readWithPython(await shop.artifacts.get(modelKey(active.version)), 10, users);
      expect(read).toHaveLength(20);
      for (const { userId, items } of read) {
        const { body } = await replica.recommendations(userId, '?n=10');
        expect(body.strategy).toBe('personalized');
        expect(body.items.map(({ itemId }) => itemId)).toEqual(items.map(({ itemId }) => itemId));
        for (const [rank, { score }] of items.entries()) {
          expect(Math.abs(score - (body.items[rank]?.score ?? Number.NaN))).toBeLessThan(1e-9);
        }
      }
    } finally {
      await shop.close();
    }
  }, 60_000);

  test('a user that the model does not know is an error', async () => {
    const model = modelFrom(interactions(), parametersOf([4]));
    await expect(readWithPython(encodeModelFile(model), 3, ['nobody'])).rejects.toThrow(
      'does not know the users: nobody',
    );
  });
});
