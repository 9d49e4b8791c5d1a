import type { EventsRequest, ItemFilter, RunStatus } from '@sommelier/contracts';

/** Parameters of recommendations to a user; the server's configuration has the defaults. */
export interface RecommendationQuery extends ItemFilter {
  n?: number | undefined;
  excludeSeen?: boolean | undefined;
  /** Items to leave out; in an address an id that has a comma cannot be named. */
  exclude?: string[] | undefined;
  maxPerCategory?: number | undefined;
  explain?: boolean | undefined;
}

/** The same for a question about one item. */
export type WhyNotQuery = Omit<RecommendationQuery, 'n' | 'maxPerCategory' | 'explain'>;
/** The same for the items that are like one. */
export type SimilarItemsQuery = Omit<RecommendationQuery, 'excludeSeen' | 'maxPerCategory' | 'explain'>;

export type SentEvent = EventsRequest['events'][number];

export interface RunsQuery {
  limit?: number | undefined;
  status?: RunStatus | undefined;
}

type Value = string | number | boolean | readonly string[] | undefined;

/** `?n=5&exclude=a,b`, or nothing; a list's parts stand between commas. */
export function queryText(query: { readonly [name: string]: Value } | object = {}): string {
  const pairs = Object.entries(query as Record<string, Value>)
    .filter((pair): pair is [string, NonNullable<Value>] => pair[1] !== undefined)
    .map(([name, value]) => {
      const parts = [value].flat().map((part) => encodeURIComponent(String(part)));
      return `${encodeURIComponent(name)}=${parts.join(',')}`;
    });
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
