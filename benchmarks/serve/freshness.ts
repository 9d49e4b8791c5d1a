import { setTimeout as sleep } from 'node:timers/promises';
import { summarize } from './latencies.ts';
import { userIdOf } from './load-job.ts';
import type { FreshnessResult } from './results.ts';
import type { ServerProcess } from './server-process.ts';
import { itemIndexOf, itemOf } from './shop.ts';

const LIMIT_MS = 10_000;
const POLL_MS = 1;
const MAX_MISSES = 10;

interface Answer {
  readonly items: readonly { readonly itemId: string }[];
}

/** What a replica said instead of taking a write or a query. */
export class NotSupported extends Error {
  override readonly name = 'NotSupported';
}

export interface FreshnessPlan {
  readonly writer: ServerProcess;
  readonly reader: ServerProcess;
  readonly repetitions: number;
  /** The first of the users that are asked about, one a repetition. */
  readonly firstUser: number;
  /** Of the shop. */
  readonly seed: number;
}

/**
 * Time from sending an event to one replica until an answer of the other has changed.
 * @throws NotSupported
 */
export function eventFreshness(plan: FreshnessPlan): Promise<FreshnessResult> {
  return repeat(plan, '', (userId, itemId) => ({
    path: '/v1/events',
    body: { events: [{ userId, itemId, type: 'view', timestampMs: Date.now() }] },
  }));
}

/**
 * Time from telling one replica that an item is sold out until answers of the other leave it out.
 * @throws NotSupported
 */
export function itemFreshness(plan: FreshnessPlan): Promise<FreshnessResult> {
  return repeat(plan, '&inStock=true', (_userId, itemId) => ({
    path: '/v1/items',
    body: { items: [soldOut(itemId, plan.seed)] },
  }));
}

/** The item as it was, but for its stock. */
function soldOut(itemId: string, seed: number) {
  const { categoryId, price } = itemOf(itemIndexOf(itemId), seed);
  return { itemId, categoryId, available: false, price };
}

async function repeat(
  { writer, reader, repetitions, firstUser }: FreshnessPlan,
  query: string,
  writeOf: (userId: string, itemId: string) => { path: string; body: unknown },
): Promise<FreshnessResult> {
  const delays: number[] = [];
  let missed = 0;
  let done = 0;
  for (; done < repetitions && missed < MAX_MISSES; done++) {
    const userId = userIdOf(firstUser + done);
    const first = (await itemsOf(reader, userId, query))[0];
    if (first === undefined) throw new Error(`${userId} gets no recommendations`);
    const { path, body } = writeOf(userId, first);
    const started = performance.now();
    await post(writer, path, body);
    const took = await untilGone(reader, { userId, query, itemId: first, started });
    if (took === undefined) missed++;
    else delays.push(took);
  }
  return { repetitions: done, delayMs: summarize(delays), missed };
}

/** Both writes take the user's first item away, so an answer has changed when it is without it. */
async function untilGone(
  reader: ServerProcess,
  wait: { userId: string; query: string; itemId: string; started: number },
): Promise<number | undefined> {
  while (performance.now() - wait.started < LIMIT_MS) {
    const items = await itemsOf(reader, wait.userId, wait.query);
    if (!items.includes(wait.itemId)) return performance.now() - wait.started;
    await sleep(POLL_MS);
  }
  return undefined;
}

async function itemsOf({ url }: ServerProcess, userId: string, query: string): Promise<string[]> {
  const response = await fetch(`${url}/v1/users/${userId}/recommendations?n=10${query}`);
  const text = await response.text();
  if (!response.ok) throw new NotSupported(`refused (${response.status})`);
  return (JSON.parse(text) as Answer).items.map(({ itemId }) => itemId);
}

async function post({ url }: ServerProcess, path: string, body: unknown): Promise<void> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.text();
  if (!response.ok) throw new NotSupported(`refused (POST ${path}: ${response.status})`);
}
