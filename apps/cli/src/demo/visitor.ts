import { setTimeout as sleep } from 'node:timers/promises';
import type { SommelierClient } from '@sommelier/client';
import { type Recommendations, SommelierError } from '@sommelier/contracts';
import type { Database } from '@sommelier/platform';

/** Whoever nobody has heard of before. */
const VISITOR = 'newcomer';
const ITEMS = 5;
const POLL_MS = 2;
const LIMIT_MS = 10_000;

/** What somebody does who comes after the training, and what the replicas make of it. */
export interface Visit {
  readonly userId: string;
  readonly viewed: readonly string[];
  /** From sending the views to one replica until the other answered by them. */
  readonly personalAfterMs: number;
  /** Undefined where nothing is known about the items. */
  readonly soldOut: { readonly itemId: string; readonly goneAfterMs: number } | undefined;
  /** The last answer, explained. */
  readonly answer: Recommendations;
  /** Whether both replicas gave the same one. */
  readonly agreed: boolean;
}

export interface PlannedVisit {
  /** Items of the model, the latest last. */
  readonly itemIds: readonly string[];
  readonly type: string;
  /** Of the first view. In the log's own time: the next training's window ends at the newest event. */
  readonly timestampMs: number;
}

/**
 * Somebody without any history looks at items on one replica, and the other answers by them; what is recommended first is
 * sold out on the one, and vanishes from the other's answers; and the answer is explained.
 * @throws SommelierError `internal` when a replica does not follow within 10 s
 */
export async function visit(
  database: Database,
  replicas: readonly SommelierClient[],
  plan: PlannedVisit,
): Promise<Visit> {
  const [writer, reader] = [replicas[0]!, replicas.at(-1)!];
  const started = performance.now();
  const { itemIds: viewed, type, timestampMs } = plan;
  await writer.sendEvents(
    viewed.map((itemId, place) => ({ userId: VISITOR, itemId, type, timestampMs: timestampMs + place })),
  );
  const personal = await untilAnswer(reader, {}, ({ strategy }) => strategy === 'folded-in');
  const personalAfterMs = performance.now() - started;
  const soldOut = await sellFirst(database, { writer, reader, first: personal.items[0]?.itemId });
  const query = { n: ITEMS, explain: true, ...(soldOut !== undefined && { inStock: true }) };
  const [answer, other] = await Promise.all(
    [reader, writer].map((replica) => replica.recommendations(VISITOR, query)),
  );
  const agreed = JSON.stringify(answer!.items) === JSON.stringify(other!.items);
  return { userId: VISITOR, viewed, personalAfterMs, soldOut, answer: answer!, agreed };
}

/** Sells an item out on one replica and waits until the other leaves it out. */
async function sellFirst(
  database: Database,
  { writer, reader, first }: { writer: SommelierClient; reader: SommelierClient; first: string | undefined },
): Promise<Visit['soldOut']> {
  const [item] = first === undefined ? [] : await database.items.findItems([first]);
  if (item === undefined) return undefined;
  const { updatedAtMs: _, ...known } = item;
  const started = performance.now();
  await writer.writeItems([{ ...known, available: false }]);
  await untilAnswer(reader, { inStock: true }, ({ items }) =>
    items.every(({ itemId }) => itemId !== item.itemId),
  );
  return { itemId: item.itemId, goneAfterMs: performance.now() - started };
}

async function untilAnswer(
  replica: SommelierClient,
  query: { readonly inStock?: boolean },
  suits: (answer: Recommendations) => boolean,
): Promise<Recommendations> {
  const started = performance.now();
  while (performance.now() - started < LIMIT_MS) {
    const answer = await replica.recommendations(VISITOR, { n: ITEMS, ...query });
    if (suits(answer)) return answer;
    await sleep(POLL_MS);
  }
  throw new SommelierError('internal', `${replica.url} did not follow what happened within ${LIMIT_MS} ms.`);
}
