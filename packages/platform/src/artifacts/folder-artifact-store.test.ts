import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { manifestKey, modelKey, snapshotKey } from './artifact-keys.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { openArtifactStore } from './folder-artifact-store.ts';

let folder: string;
let store: ArtifactStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-artifacts-'));
  store = openArtifactStore(join(folder, 'store'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const text = (value: string) => new TextEncoder().encode(value);
const read = async (key: string) => new TextDecoder().decode(await store.get(key));
const refused = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

/** Every path in the store's folder, temporary files too. */
const paths = async () => (await readdir(join(folder, 'store'), { recursive: true })).sort();

describe('openArtifactStore', () => {
  test('gives back what was put, and the newest of two', async () => {
    await store.put('a/b', text('one'));
    await store.put('a/b', text('two, longer'));
    await store.put('a/empty', new Uint8Array(0));
    expect(await read('a/b')).toBe('two, longer');
    expect(await store.get('a/empty')).toHaveLength(0);
    expect(await paths()).toEqual(['a', 'a/b', 'a/empty']);
  });

  test('reads into shared memory what was put, also more than a piece of it', async () => {
    const long = new Uint8Array(9_000_001).map((_, at) => at % 251);
    await store.put('long', long);
    await store.put('empty', new Uint8Array(0));
    const shared = await store.getShared('long');
    expect(shared).toBeInstanceOf(SharedArrayBuffer);
    expect(Buffer.compare(new Uint8Array(shared), long)).toBe(0);
    expect((await store.getShared('empty')).byteLength).toBe(0);
    await expect(store.getShared('none')).rejects.toEqual(refused('artifact-not-found', 'has no none ('));
    await expect(store.getShared('../x')).rejects.toEqual(refused('artifact-store', 'cannot be a key'));
  });

  test('writes the view that it is handed, not the buffer behind it', async () => {
    await store.put('view', text('0123456789').subarray(3, 6));
    expect(await read('view')).toBe('345');
  });

  test('writes parts one after the other, also of shared memory', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    shared.set(text('shared').subarray(0, 3));
    await store.put('parts', [text('one '), new Uint8Array(0), shared, text('!')]);
    expect(await read('parts')).toBe('one sha!');
  });

  test('lists keys that begin with a prefix, ascending, without temporary files', async () => {
    for (const key of ['m/2/x', 'm/10/x', 'm/1/y', 'm/1/x', 'mm', 's/1']) await store.put(key, text(key));
    await writeFile(join(folder, 'store', 'm', '1', '.left-over.tmp'), 'half');
    await mkdir(join(folder, 'store', '.snapshot'));
    await symlink('/', join(folder, 'store', 'm', 'root'));
    expect(await store.list('')).toEqual(['m/1/x', 'm/1/y', 'm/10/x', 'm/2/x', 'mm', 's/1']);
    expect(await store.list('m')).toEqual(['m/1/x', 'm/1/y', 'm/10/x', 'm/2/x', 'mm']);
    expect(await store.list('m/1')).toEqual(['m/1/x', 'm/1/y', 'm/10/x']);
    expect(await store.list('m/1/')).toEqual(['m/1/x', 'm/1/y']);
    expect(await store.list('none/')).toEqual([]);
  });

  test('a store that nobody has written to is empty', async () => {
    expect(await store.list('')).toEqual([]);
    await expect(store.get('a')).rejects.toEqual(refused('artifact-not-found', 'has no a ('));
    await store.delete('a');
  });

  test('deletes, also what is not there', async () => {
    await store.put('a/b', text('one'));
    await store.delete('a/b');
    await store.delete('a/b');
    await expect(store.get('a/b')).rejects.toEqual(refused('artifact-not-found', 'has no a/b'));
  });

  test('two writers of a key at once: one of them wins whole', async () => {
    const contents = Array.from({ length: 8 }, (_, k) => String(k).repeat(200_000));
    await Promise.all(contents.map((content) => store.put('m/race', text(content))));
    expect(contents).toContain(await read('m/race'));
    expect(await paths()).toEqual(['m', 'm/race']);
  });

  test.each([
    '',
    '/',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    'a/',
    './a',
    'a/.b',
    'a\\b',
    'a b',
    'ä',
    'C:x',
    '-a',
    'a\0',
    'x'.repeat(513),
    'a/a/a/a/a/a/a/a/a',
  ])('refuses the key %j', async (key) => {
    const error = refused('artifact-store', 'cannot be a key');
    await expect(store.put(key, text('x'))).rejects.toEqual(error);
    await expect(store.get(key)).rejects.toEqual(error);
    await expect(store.delete(key)).rejects.toEqual(error);
  });

  test('a prefix cannot leave the store', async () => {
    await expect(store.list('../')).rejects.toEqual(refused('artifact-store', 'cannot be a key'));
    expect(await store.list('..')).toEqual([]);
  });

  test('a folder that cannot be made: the error names path and cause', async () => {
    await writeFile(join(folder, 'file'), '');
    const inFile = openArtifactStore(join(folder, 'file'));
    await expect(inFile.put('a/b', text('x'))).rejects.toEqual(
      refused('artifact-store', join(folder, 'file', 'a', 'b')),
    );
    await expect(inFile.get('a')).rejects.toEqual(refused('artifact-store', 'ENOTDIR'));
    await expect(inFile.list('')).rejects.toEqual(refused('artifact-store', 'cannot be listed'));
    await expect(inFile.delete('a')).rejects.toEqual(refused('artifact-store', 'cannot be deleted'));
  });

  test('a rename that fails leaves no temporary file, and what was there stays', async () => {
    await store.put('taken/inside', text('kept'));
    await expect(store.put('taken', text('x'))).rejects.toEqual(
      refused('artifact-store', 'cannot be written'),
    );
    expect(await paths()).toEqual(['taken', 'taken/inside']);
    expect(await read('taken/inside')).toBe('kept');
  });
});

test('keys', () => {
  expect([modelKey('v'), manifestKey('v'), snapshotKey('s')]).toEqual([
    'models/v/model.safetensors',
    'models/v/manifest.json',
    'snapshots/s.safetensors',
  ]);
});
