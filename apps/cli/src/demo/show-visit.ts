import type { Database } from '@sommelier/platform';
import pc from 'picocolors';
import { formatMs } from './format.ts';
import { plainTable } from './show-result.ts';
import { itemCells, itemHeads } from './show-users.ts';
import type { Visit } from './visitor.ts';

/** The steps of a visit with their times, and the explained answer. */
export async function visitText(database: Database, visit: Visit): Promise<string> {
  const { userId, viewed, personalAfterMs, soldOut, answer, agreed } = visit;
  const explanation = answer.explanation;
  const itemIds = answer.items.map(({ itemId }) => itemId);
  const items = new Map((await database.items.findItems(itemIds)).map((item) => [item.itemId, item]));
  const carriedBy = new Map(explanation?.items.map((item) => [item.itemId, item.carriedBy]));
  const rows = answer.items.map(({ itemId, score }) => [
    ...itemCells(itemId, items, items.size > 0),
    score.toFixed(2),
    (carriedBy.get(itemId) ?? [])
      .map((by) => `${by.itemId} ${by.contribution < 0 ? '' : '+'}${by.contribution.toFixed(2)}`)
      .join(', '),
  ]);
  const heads = [...itemHeads('is recommended', items.size > 0), { text: 'score', align: 'right' as const }];
  return [
    pc.bold('A visitor who never existed'),
    `  ${pc.bold(userId)} looks at ${viewed.join(' and ')} on replica 1: replica 2 answers by it after ${formatMs(personalAfterMs)}`,
    soldOut === undefined
      ? '  nothing is known about the items of this log, so nothing can be sold out'
      : `  ${soldOut.itemId}, recommended first, is sold out on replica 1: gone from replica 2's answers after ${formatMs(soldOut.goneAfterMs)}`,
    `  then (${answer.strategy}), ${soldOut === undefined ? 'explained' : 'in stock only, explained'}:`,
    plainTable([...heads, { text: 'carried by' }], rows),
    ...(explanation === undefined
      ? []
      : [`  ${eligibleText(explanation.catalogue)}; ${timingsText(explanation.timings)}`]),
    agreed ? '  both replicas gave the same answer' : pc.yellow('  the replicas gave different answers'),
  ].join('\n');
}

function eligibleText({
  items,
  eligible,
  removed,
}: NonNullable<Visit['answer']['explanation']>['catalogue']) {
  const reasons = Object.entries(removed).filter(([, count]) => count > 0);
  const without = reasons.map(([reason, count]) => `${count} by ${reason}`).join(', ');
  return `${eligible} of ${items} items could be recommended${without === '' ? '' : ` (out: ${without})`}`;
}

function timingsText(timings: Readonly<Record<string, number>>): string {
  return Object.entries(timings)
    .map(([stage, timeMs]) => `${stage.replace(/Ms$/, '')} ${formatMs(timeMs)}`)
    .join(', ');
}
