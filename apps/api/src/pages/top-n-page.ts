import type { Item, Recommendations } from '@sommelier/contracts';
import { html, type Markup } from './html.ts';
import { page } from './layout.ts';

const STRATEGIES: Record<Recommendations['strategy'], string> = {
  personalized: 'Personalized: ranked by the model for this user',
  'folded-in': 'Folded in: the model has no row for this user, so it ranks by what they did',
  popular: 'Popular: the model does not know this user, so this is what most users interacted with',
};

type Entry = Recommendations['items'][number];

function row(entry: Entry, score: string, details: Markup): Markup {
  return html`<tr>
<td class="number rank">${entry.rank}</td>
<td>${entry.itemId}</td>
${details}<td class="number">${score}</td>
</tr>
`;
}

function detailsOf(item: Item | undefined): Markup {
  return html`<td>${item?.categoryId ?? ''}</td>
<td class="number">${item?.price?.toFixed(2) ?? ''}</td>
`;
}

/** The answer as a page, with category and price when the database knows any of the items. */
export function topNPage(answer: Recommendations, items: ReadonlyMap<string, Item>): string {
  const decimals = answer.strategy === 'popular' ? 0 : 4;
  const nothing = html``;
  const withDetails = items.size > 0;
  const rows = answer.items.map((entry) => {
    const details = withDetails ? detailsOf(items.get(entry.itemId)) : nothing;
    return row(entry, entry.score.toFixed(decimals), details);
  });
  const none = html`<tr><td colspan="5">No item is left to recommend.</td></tr>`;
  const detailHeads = html`<th>Category</th><th class="number">Price</th>`;
  const score = answer.strategy === 'popular' ? 'Users' : 'Score';
  return page(
    `Top ${answer.items.length} for ${answer.userId}`,
    html`<h1>Top ${answer.items.length} for user ${answer.userId}</h1>
<p class="quiet">${STRATEGIES[answer.strategy]}.<br>
Model <span class="tag">${answer.model.version}</span>, generation <span class="tag">${answer.model.generation}</span></p>
<table>
<thead><tr><th class="number rank">Rank</th><th>Item</th>${withDetails ? detailHeads : nothing}<th class="number">${score}</th></tr></thead>
<tbody>
${rows.length > 0 ? rows : none}
</tbody>
</table>
<p><a href="/">All pages</a></p>`,
  );
}
