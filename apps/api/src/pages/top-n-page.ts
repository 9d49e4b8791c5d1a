import type { Item, Recommendations } from '@sommelier/contracts';
import { html, type Markup } from './html.ts';
import { page } from './layout.ts';

const STRATEGIES: Record<Recommendations['strategy'], string> = {
  personalized: 'personalized: ranked by the model for this user',
  'folded-in': 'folded in: ranked by the model from what this user did since it was trained',
  popular: 'popular: the model does not know this user, so this is what most users interacted with',
};

function row(entry: Recommendations['items'][number], item: Item | undefined, decimals: number): Markup {
  return html`<tr>
<td class="number">${entry.rank}</td>
<td>${entry.itemId}</td>
<td>${item?.categoryId ?? ''}</td>
<td class="number">${item?.price?.toFixed(2) ?? ''}</td>
<td class="number">${entry.score.toFixed(decimals)}</td>
</tr>
`;
}

/** The answer as a page; items that the database does not know have no category and price. */
export function topNPage(answer: Recommendations, items: ReadonlyMap<string, Item>): string {
  const decimals = answer.strategy === 'popular' ? 0 : 4;
  const rows = answer.items.map((entry) => row(entry, items.get(entry.itemId), decimals));
  const none = html`<tr><td colspan="5">No item is left to recommend.</td></tr>`;
  const score = answer.strategy === 'popular' ? 'Users' : 'Score';
  return page(
    `Top ${answer.items.length} for ${answer.userId}`,
    html`<h1>Top ${answer.items.length} for user ${answer.userId}</h1>
<p class="quiet">${STRATEGIES[answer.strategy]}.<br>
Model <span class="tag">${answer.model.version}</span> generation <span class="tag">${answer.model.generation}</span></p>
<table>
<thead><tr><th class="number">Rank</th><th>Item</th><th>Category</th><th class="number">Price</th><th class="number">${score}</th></tr></thead>
<tbody>
${rows.length > 0 ? rows : none}
</tbody>
</table>
<p><a href="/">All pages</a></p>`,
  );
}
