import type { DistinctPairs } from './distinct-pairs.ts';
import type { EventColumns } from './event-columns.ts';
import type { Interactions } from './interactions.ts';
import { orderByUtf8 } from './order-by-utf8.ts';

const LONGEST_INSERTION_SORT = 24;

interface Row {
  readonly items: Uint32Array;
  readonly strengths: Float32Array;
  readonly timestampsMs: Float64Array;
}

/**
 * Gives users and items with a pair their final indices, by the UTF-8 bytes of their ids, and puts the pairs in that
 * order, a user's by time and then item (rule 4 of the preparation): the same pairs give the same arrays in whatever
 * order they were read.
 */
export function interactionRows(pairs: DistinctPairs, columns: EventColumns): Interactions {
  const users = indicesById(columns.userIds, (user) => pairs.offsets[user + 1]! > pairs.offsets[user]!);
  const used = new Uint8Array(columns.itemIds.length);
  for (const item of pairs.items) used[item] = 1;
  const items = indicesById(columns.itemIds, (item) => used[item] === 1);

  const offsets = new Uint32Array(users.ids.length + 1);
  const rows = {
    items: new Uint32Array(pairs.items.length),
    strengths: new Float32Array(pairs.items.length),
    timestampsMs: new Float64Array(pairs.items.length),
  };
  let end = 0;
  for (const [index, user] of users.numbers.entries()) {
    const begin = end;
    for (let pair = pairs.offsets[user]!; pair < pairs.offsets[user + 1]!; pair++, end++) {
      rows.items[end] = items.indexOf[pairs.items[pair]!]!;
      rows.strengths[end] = pairs.strengths[pair]!;
      rows.timestampsMs[end] = pairs.timestampsMs[pair]!;
    }
    sortRow(rows, begin, end);
    offsets[index + 1] = end;
  }
  return { userIds: users.ids, itemIds: items.ids, offsets, ...rows };
}

interface Indices {
  /** The kept ids, in ascending order of their UTF-8 bytes. */
  readonly ids: string[];
  /** Number in the columns by index. */
  readonly numbers: Uint32Array;
  /** Index by number in the columns; 0 for ids that are not kept. */
  readonly indexOf: Uint32Array;
}

function indicesById(allIds: readonly string[], isKept: (number: number) => boolean): Indices {
  const kept = new Uint32Array(allIds.length);
  let size = 0;
  for (let number = 0; number < allIds.length; number++) if (isKept(number)) kept[size++] = number;
  const numbers = orderByUtf8(allIds, kept.subarray(0, size));
  const indexOf = new Uint32Array(allIds.length);
  const ids: string[] = [];
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index]!;
    ids.push(allIds[number]!);
    indexOf[number] = index;
  }
  return { ids, numbers, indexOf };
}

/** Sorts the pairs `begin <= p < end` by time, ties by item. Most rows are short. */
function sortRow(row: Row, begin: number, end: number): void {
  if (end - begin > LONGEST_INSERTION_SORT) sortLongRow(row, begin, end);
  else sortShortRow(row, begin, end);
}

function sortShortRow(row: Row, begin: number, end: number): void {
  const { items, strengths, timestampsMs } = row;
  for (let next = begin + 1; next < end; next++) {
    const item = items[next]!;
    const strength = strengths[next]!;
    const time = timestampsMs[next]!;
    let place = next;
    while (place > begin && isAfter(row, place - 1, time, item)) {
      items[place] = items[place - 1]!;
      strengths[place] = strengths[place - 1]!;
      timestampsMs[place] = timestampsMs[place - 1]!;
      place--;
    }
    items[place] = item;
    strengths[place] = strength;
    timestampsMs[place] = time;
  }
}

function isAfter({ items, timestampsMs }: Row, pair: number, time: number, item: number): boolean {
  return timestampsMs[pair]! > time || (timestampsMs[pair] === time && items[pair]! > item);
}

function sortLongRow({ items, strengths, timestampsMs }: Row, begin: number, end: number): void {
  const copy = {
    items: items.slice(begin, end),
    strengths: strengths.slice(begin, end),
    timestampsMs: timestampsMs.slice(begin, end),
  };
  const order = Uint32Array.from(copy.items, (_, pair) => pair).sort(
    (a, b) => copy.timestampsMs[a]! - copy.timestampsMs[b]! || copy.items[a]! - copy.items[b]!,
  );
  for (const [place, pair] of order.entries()) {
    items[begin + place] = copy.items[pair]!;
    strengths[begin + place] = copy.strengths[pair]!;
    timestampsMs[begin + place] = copy.timestampsMs[pair]!;
  }
}
