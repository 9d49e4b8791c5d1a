import type { SommelierClient } from '@sommelier/client';
import type { Item, Manifest, Recommendations } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';
import pc from 'picocolors';
import { plainTable } from './show-result.ts';

const USERS = 3;
const ITEMS = 5;
/** Users that have looked at this many items make the better example. */
const SHOWN_SEEN = 3;
const SEEN_LIMIT = 100;

export interface ExampleUser {
  readonly userId: string;
  /** What the user has looked at, newest first. */
  readonly seen: readonly string[];
  readonly answer: Recommendations;
  /** Whether both replicas gave the same answer. */
  readonly agreed: boolean;
}

/** A few users of the model with what they looked at, and what both replicas recommend to them. */
export async function askForExamples(
  database: Database,
  replicas: readonly SommelierClient[],
  manifest: Manifest,
): Promise<ExampleUser[]> {
  const types = Object.keys(manifest.config.data.weights);
  const candidates = await Promise.all(
    manifest.probes.map(async ({ userId }) => ({
      userId,
      seen: distinctItems(await database.events.historyOf(userId, types, SEEN_LIMIT)),
    })),
  );
  const suits = ({ seen }: { seen: readonly string[] }): number => (seen.length >= SHOWN_SEEN ? 0 : 1);
  const chosen = candidates.sort((a, b) => suits(a) - suits(b)).slice(0, USERS);
  return Promise.all(
    chosen.map(async ({ userId, seen }) => {
      const answers = await Promise.all(replicas.map((api) => api.recommendations(userId, { n: ITEMS })));
      const [answer] = answers as [Recommendations, ...Recommendations[]];
      const agreed = answers.every((other) => JSON.stringify(other.items) === JSON.stringify(answer.items));
      return { userId, seen, answer, agreed };
    }),
  );
}

/** What each example user has looked at, beside what is recommended. */
export async function usersText(database: Database, users: readonly ExampleUser[]): Promise<string> {
  const itemIds = users.flatMap(({ seen, answer }) => [...seen, ...answer.items.map(({ itemId }) => itemId)]);
  const items = new Map((await database.items.findItems(itemIds)).map((item) => [item.itemId, item]));
  const known = items.size > 0;
  const heads = [...itemHeads('has looked at', known), { text: '' }, ...itemHeads('is recommended', known)];
  const sections = users.map(({ userId, seen, answer }) => {
    const rows = Array.from({ length: ITEMS }, (_, index) => {
      const recommended = answer.items[index];
      return [
        ...itemCells(seen[index], items, known),
        pc.dim('|'),
        ...itemCells(recommended?.itemId, items, known),
      ];
    });
    return `  user ${pc.bold(userId)} (${answer.strategy})\n${plainTable(heads, rows)}`;
  });
  const agree = users.every(({ agreed }) => agreed)
    ? 'both replicas gave the same answers'
    : pc.yellow('the replicas gave different answers');
  return [pc.bold('Recommendations'), ...sections, `  ${agree}`].join('\n');
}

/** The heads of a column of items, and of what is known about them. */
export function itemHeads(text: string, known: boolean): { text: string; align?: 'right' }[] {
  return [{ text }, ...(known ? [{ text: 'category' }, { text: 'price', align: 'right' as const }] : [])];
}

/** An item's cells under these heads. */
export function itemCells(
  itemId: string | undefined,
  items: ReadonlyMap<string, Item>,
  known: boolean,
): string[] {
  const item = itemId === undefined ? undefined : items.get(itemId);
  const details = known ? [item?.categoryId ?? '', item?.price?.toFixed(2) ?? ''] : [];
  return [itemId ?? '', ...details];
}

/** Items of events, in their order. */
function distinctItems(events: readonly { readonly itemId: string }[]): string[] {
  return [...new Set(events.map(({ itemId }) => itemId))];
}
