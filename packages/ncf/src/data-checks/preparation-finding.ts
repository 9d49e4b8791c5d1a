import type { DataFinding, Funnel } from '@sommelier/contracts';
import { countText, percentText } from './finding-text.ts';

const LITTLE_LEFT = 0.05;

/** What the preparation leaves: `warn` when it drops more than 95% of the window's events of weighted types. */
export function preparationFinding({ steps, interactions }: Funnel): DataFinding {
  const before = steps.find(({ rule }) => rule === 'weighted-types')?.kept.events ?? 0;
  const left = steps.find(({ rule }) => rule === 'distinct-items')?.kept ?? { users: 0, items: 0, events: 0 };
  const share = before === 0 ? 0 : left.events / before;
  const figures = { interactions, users: left.users, items: left.items, share };
  const what =
    `The preparation keeps ${percentText(share)} of the events: ${countText(interactions)} interactions of ` +
    `${countText(left.users)} users and ${countText(left.items)} items`;
  return share < LITTLE_LEFT
    ? { level: 'warn', code: 'preparation', text: `${what}. Loosen the rules in data.`, figures }
    : { level: 'ok', code: 'preparation', text: `${what}.`, figures };
}
