import { readFile, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { type SyntheticData, TEST_NEGATIVES } from './synthetic-data.ts';

const HEADER_WORDS = 5;

/**
 * Writes what every engine and peer trains on, for programs in any language: little-endian uint32, first the numbers
 * of users, items, pairs, tests and negatives a test; then offsets `[users + 1]`, items `[pairs]`, test users
 * `[tests]`, test positives `[tests]`, test negatives `[tests x negatives]`.
 */
export async function writeTrainingSet(path: string, { pairs, heldOut }: SyntheticData): Promise<void> {
  const header = Uint32Array.of(
    pairs.userCount,
    pairs.itemCount,
    pairs.items.length,
    heldOut.users.length,
    TEST_NEGATIVES,
  );
  const parts = [header, pairs.offsets, pairs.items, heldOut.users, heldOut.positives, heldOut.negatives];
  await writeFile(path, Buffer.concat(parts.map(littleEndian)));
}

/**
 * Reads it back.
 * @throws RangeError when the file is shorter or longer than its header says.
 */
export async function readTrainingSet(path: string): Promise<SyntheticData> {
  const bytes = await readFile(path);
  if (endianness() === 'BE') bytes.swap32();
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
  const [userCount = 0, itemCount = 0, pairCount = 0, tests = 0, negatives = 0] = words;
  const lengths = [userCount + 1, pairCount, tests, tests, tests * negatives];
  const total = lengths.reduce((sum, length) => sum + length, HEADER_WORDS);
  if (words.length !== total || bytes.length !== 4 * total) {
    throw new RangeError(`${path}: ${bytes.length} bytes, but its header says ${4 * total}`);
  }
  let at = HEADER_WORDS;
  const [offsets, items, users, positives, testNegatives] = lengths.map((length) => {
    at += length;
    return words.slice(at - length, at);
  }) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const strengths = new Float32Array(pairCount).fill(1);
  return {
    pairs: { userCount, itemCount, offsets, items, strengths },
    heldOut: { users, positives, negatives: testNegatives },
  };
}

function littleEndian(words: Uint32Array): Buffer {
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
