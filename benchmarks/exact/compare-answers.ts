import type { Category, Item, Recommendations } from '@sommelier/contracts';
import { itemsOfUser, type Model } from '@sommelier/ncf';
import { userIdOf } from '../serve/load-job.ts';
import { itemIdOf } from '../serve/shop.ts';
import { bruteForceLogits, firstEligible, fullRanking } from './brute-force.ts';
import { type FilterCase, filterCasesOf } from './filter-cases.ts';

/** Lengths of the lists that users ask for in turn. */
const LENGTHS = [10, 1, 100];

/** Of one filter: answers that were compared, and how many were the same items in the same order. */
export interface Comparison {
  compared: number;
  identical: number;
  /** Answers that have fewer than n items, because fewer are eligible. */
  short: number;
  /** The first request whose answer differed, with both. */
  firstDifference?: { readonly path: string; readonly expected: string; readonly found: string };
}

export interface ComparedShop {
  readonly url: string;
  readonly model: Model;
  readonly items: readonly Item[];
  readonly categories: readonly Category[];
  readonly seed: number;
}

/** Asks for the users' tops with every filter, and compares each answer with the brute force's. By filter. */
export async function compareAnswers(
  shop: ComparedShop,
  users: number,
  say: (done: number) => void,
): Promise<Record<string, Comparison>> {
  const comparisons: Record<string, Comparison> = {};
  for (let user = 0; user < users; user++) {
    const cases = filterCasesOf(user, { ...shop, itemCount: shop.items.length });
    const n = LENGTHS[user % LENGTHS.length]!;
    const answers = Promise.all(Object.values(cases).map((one) => answerTo(shop.url, pathOf(user, n, one))));
    // While they are on their way.
    const ranking = fullRanking(bruteForceLogits(shop.model.parameters, user));
    for (const [place, answer] of (await answers).entries()) {
      const [name, one] = Object.entries(cases)[place]!;
      comparisons[name] ??= { compared: 0, identical: 0, short: 0 };
      const expected = expectedItems(shop, user, n, one, ranking);
      note(comparisons[name], pathOf(user, n, one), expected, answer);
    }
    say(user + 1);
  }
  return comparisons;
}

function note(
  comparison: Comparison,
  path: string,
  expected: readonly string[],
  found: readonly string[],
): void {
  comparison.compared++;
  if (expected.length < Number(/[?&]n=([0-9]+)/.exec(path)![1])) comparison.short++;
  if (expected.join() === found.join()) comparison.identical++;
  else comparison.firstDifference ??= { path, expected: expected.join(), found: found.join() };
}

function pathOf(user: number, n: number, { query, excludeSeen = false, maxPerCategory }: FilterCase): string {
  const limit = maxPerCategory === undefined ? '' : `&maxPerCategory=${maxPerCategory}`;
  return `/v1/users/${userIdOf(user)}/recommendations?n=${n}&excludeSeen=${excludeSeen}${query}${limit}`;
}

function expectedItems(
  { model, items }: ComparedShop,
  user: number,
  n: number,
  { meets, excludeSeen, maxPerCategory }: FilterCase,
  ranking: readonly number[],
): string[] {
  const seen = new Set(excludeSeen ? itemsOfUser(model.history, user) : []);
  const isEligible = (item: number) => meets(items[item]!, item) && !seen.has(item);
  const categoryOf = (item: number) => items[item]!.categoryId;
  const limit = maxPerCategory === undefined ? undefined : { categoryOf, maxPerCategory };
  return firstEligible(ranking, n, isEligible, limit).map(itemIdOf);
}

async function answerTo(url: string, path: string): Promise<string[]> {
  const response = await fetch(url + path);
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
  const { items } = (await response.json()) as Recommendations;
  return items.map(({ itemId }) => itemId);
}
