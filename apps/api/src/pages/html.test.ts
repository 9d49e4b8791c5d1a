import { describe, expect, it } from '@jest/globals';
import type { Recommendations } from '@sommelier/contracts';
import fc from 'fast-check';
import { escapeHtml, html } from './html.ts';
import { indexPage } from './index-page.ts';
import { topNPage } from './top-n-page.ts';

const answer: Recommendations = {
  userId: `<script>alert("u")</script>`,
  strategy: 'personalized',
  model: { version: '20260101T000000Z-0123456789ab', generation: 3 },
  items: [
    { rank: 1, itemId: `"'><img src=x>`, score: 1.23456 },
    { rank: 2, itemId: 'plain', score: -0.5 },
  ],
};

describe('html', () => {
  it('escapes what is put in, and leaves its own markup', () => {
    const inner = html`<b>${'a & b'}</b>`;
    expect(html`<p title="${`"x'`}">${inner}${[inner, inner]}${1.5}</p>`.text).toBe(
      '<p title="&quot;x&#39;"><b>a &amp; b</b><b>a &amp; b</b><b>a &amp; b</b>1.5</p>',
    );
  });

  it('leaves no character that could begin markup, and loses nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        const back = escaped
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&');
        expect(back).toBe(text);
      }),
    );
  });
});

describe('topNPage', () => {
  it('shows rank, item, score, strategy and version, with ids as text', () => {
    const item = {
      itemId: 'plain',
      categoryId: '<i>',
      available: true,
      price: 12.5,
      properties: {},
      updatedAtMs: 0,
    };
    const text = topNPage(answer, new Map([['plain', item]]));
    expect(text).not.toMatch(/<script|<img|<i>/);
    expect(text).toContain('&lt;script&gt;');
    expect(text).toContain('1.2346');
    expect(text).toContain('<td>plain</td>\n<td>&lt;i&gt;</td>\n<td class="number">12.50</td>');
    expect(text).toContain('20260101T000000Z-0123456789ab');
    expect(text).toContain('Personalized');
    expect(topNPage(answer, new Map())).not.toContain('Category');
  });

  it('says so when nothing is left', () => {
    expect(topNPage({ ...answer, items: [] }, new Map())).toContain('No item is left');
  });
});

describe('pages', () => {
  it('carry their style unescaped', () => {
    const status = { version: null, generation: null, loadedAtMs: null, lastReloadError: null };
    const text = indexPage(
      status,
      { defaultN: 10, maxN: 100, excludeSeen: true, inStock: false },
      `curl -d '{}'`,
    );
    expect(text.match(/<style>([^<]*)<\/style>/)?.[1]).not.toMatch(/&(amp|lt|gt|quot|#39);/);
    expect(text).toContain('No model is loaded yet');
  });
});
