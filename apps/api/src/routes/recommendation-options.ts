import type { ItemFilter, ServingConfig } from '@sommelier/contracts';
import type { z } from 'zod';
import { filterProblem } from '../catalogue/filter-problem.ts';
import type { AnswerWish } from '../serving/answers/recommendations.ts';

/** What a request for recommendations says besides for whom, from a query or from JSON; absent = the configuration. */
interface WrittenOptions {
  readonly n?: number | undefined;
  readonly excludeSeen?: boolean | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly category?: string[] | undefined;
  readonly inStock?: boolean | undefined;
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  readonly filter?: string | undefined;
  readonly include?: string[] | undefined;
  readonly maxPerCategory?: number | undefined;
  readonly explain?: boolean | undefined;
}

/** The options of a request with what the configuration says of the absent ones. */
export function recommendationOptions(options: WrittenOptions, serving: ServingConfig): AnswerWish {
  const { n, excludeSeen, exclude, maxPerCategory, inStock, explain, ...others } = options;
  const { category, minPrice, maxPrice, filter, include } = others;
  return {
    n: n ?? serving.defaultN,
    excludeSeen: excludeSeen ?? serving.excludeSeen,
    exclude: exclude ?? [],
    filter: { category, inStock: inStock ?? serving.inStock, minPrice, maxPrice, filter, include },
    maxPerCategory,
    explain: explain ?? false,
  };
}

/** What a schema of the parts alone does not see: prices the wrong way round, and a text that is no expression. */
export function checkItemFilter(
  { minPrice, maxPrice, filter }: Pick<ItemFilter, 'minPrice' | 'maxPrice' | 'filter'>,
  context: z.RefinementCtx,
): void {
  if (minPrice !== undefined && maxPrice !== undefined && minPrice > maxPrice) {
    const message = `${minPrice} is more than maxPrice, ${maxPrice}`;
    context.addIssue({ code: 'custom', path: ['minPrice'], message });
  }
  const problem = filter === undefined ? undefined : filterProblem(filter);
  if (problem !== undefined) context.addIssue({ code: 'custom', path: ['filter'], message: problem });
}
