import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { DataError } from '../report/data-error.ts';

/** Largest index that a user or an item may have: tables are as long as the largest one. */
const MAX_INDEX = 50_000_000;

/** A data set as the authors of NCF published theirs: three files of a common name. */
export interface RatedData {
  readonly userCount: number;
  readonly itemCount: number;
  readonly train: RatedPairs;
  /** The held-out pair of each tested user and the items that it is ranked against. */
  readonly test: readonly RankingTask[];
}

/** Columns of the training file, in its order. */
export interface RatedPairs {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  /** The fourth column: a time or a rank. Only its order within a user counts. */
  readonly times: Float64Array;
}

/** One positive and its competitors. */
export interface RankingTask {
  readonly user: number;
  readonly positive: number;
  /** Distinct, without the positive. */
  readonly negatives: Uint32Array;
}

/**
 * Reads `NAME.train.rating` (or `.gz`), `NAME.test.rating` and `NAME.test.negative` of a folder, and checks them.
 * @throws DataError
 */
export async function readRatedData(folder: string, name: string): Promise<RatedData> {
  const train = await readTrain(await existing(folder, `${name}.train.rating`));
  const testFile = await existing(folder, `${name}.test.rating`);
  const negativeFile = await existing(folder, `${name}.test.negative`);
  const test = joinTest(await readPositives(testFile), await readNegatives(negativeFile), negativeFile);
  let userCount = 0;
  let itemCount = 0;
  const meet = (user: number, item: number) => {
    userCount = Math.max(userCount, user + 1);
    itemCount = Math.max(itemCount, item + 1);
  };
  for (let pair = 0; pair < train.users.length; pair++) meet(train.users[pair]!, train.items[pair]!);
  for (const { user, positive, negatives } of test) {
    meet(user, positive);
    for (const item of negatives) meet(user, item);
  }
  return { userCount, itemCount, train, test };
}

async function existing(folder: string, name: string): Promise<string> {
  for (const path of [join(folder, name), join(folder, `${name}.gz`)]) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new DataError(
    `${join(folder, name)}: there is no such file, nor one with .gz; check --data and --name`,
  );
}

/** Reads rows of user, item, rating and time. @throws DataError */
export async function readTrain(path: string): Promise<RatedPairs> {
  const users: number[] = [];
  const items: number[] = [];
  const times: number[] = [];
  for await (const { fields, where } of lines(path)) {
    if (fields.length !== 4)
      throw new DataError(`${where}: expected user, item, rating and time, got ${fields.length} columns`);
    users.push(index(fields[0]!, where, 'user'));
    items.push(index(fields[1]!, where, 'item'));
    finite(fields[2]!, where, 'rating');
    times.push(finite(fields[3]!, where, 'time'));
  }
  if (users.length === 0) throw new DataError(`${path}: there is no row`);
  return { users: Uint32Array.from(users), items: Uint32Array.from(items), times: Float64Array.from(times) };
}

interface Positive {
  readonly user: number;
  readonly item: number;
}

async function readPositives(path: string): Promise<Positive[]> {
  const positives: Positive[] = [];
  const seen = new Set<number>();
  for await (const { fields, where } of lines(path)) {
    if (fields.length < 2) throw new DataError(`${where}: expected user and item`);
    const user = index(fields[0]!, where, 'user');
    if (seen.has(user)) throw new DataError(`${where}: user ${user} has a second test item`);
    seen.add(user);
    positives.push({ user, item: index(fields[1]!, where, 'item') });
  }
  if (positives.length === 0) throw new DataError(`${path}: there is no row`);
  return positives;
}

interface Negatives extends Positive {
  readonly items: Uint32Array;
  readonly where: string;
}

async function readNegatives(path: string): Promise<Negatives[]> {
  const rows: Negatives[] = [];
  for await (const { fields, where } of lines(path)) {
    const match = /^\((\d+),\s*(\d+)\)$/.exec(fields[0]!);
    if (match === null) throw new DataError(`${where}: expected the line to start with (user,item)`);
    const item = index(match[2]!, where, 'item');
    // The positive may be among its own negatives, and an item there twice: the authors' evaluator counts an item once.
    const items = new Set(fields.slice(1).map((field) => index(field, where, 'item')));
    items.delete(item);
    if (items.size === 0) throw new DataError(`${where}: there is no negative`);
    rows.push({ user: index(match[1]!, where, 'user'), item, items: Uint32Array.from(items), where });
  }
  return rows;
}

function joinTest(
  positives: readonly Positive[],
  negatives: readonly Negatives[],
  path: string,
): RankingTask[] {
  if (positives.length !== negatives.length) {
    throw new DataError(`${path}: ${negatives.length} lines, but ${positives.length} test pairs`);
  }
  return positives.map(({ user, item }, row) => {
    const line = negatives[row]!;
    if (line.user !== user || line.item !== item) {
      throw new DataError(
        `${line.where}: is of (${line.user},${line.item}), the test pair is (${user},${item})`,
      );
    }
    return { user, positive: item, negatives: line.items };
  });
}

async function* lines(path: string): AsyncGenerator<{ fields: string[]; where: string }> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => input.destroy(error));
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    const text = line.trim();
    if (text !== '') yield { fields: text.split(/[\t ]+/), where: `${path}, line ${number}` };
  }
}

function index(text: string, where: string, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > MAX_INDEX) {
    throw new DataError(`${where}: ${what} "${text.slice(0, 40)}" is not an index of 0 to ${MAX_INDEX}`);
  }
  return value;
}

function finite(text: string, where: string, what: string): number {
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new DataError(`${where}: ${what} "${text.slice(0, 40)}" is not a number`);
  return value;
}
