import { PUBLISHED } from './published-profile.ts';
import type { ShopOptions } from './shop.ts';

/**
 * A small, busy shop that a model of a few seconds' training already serves well: only active visitors, bestsellers
 * that sell less than published. With the published profile, six of seven visitors leave fewer than the three events
 * that the preparation asks for.
 */
export const DEMO_SHOP = {
  visitors: 6_000,
  days: 60,
  activity: 12,
  concentration: 0.6,
} as const satisfies ShopOptions;

/** The published profile at the published size. */
export const FULL_SHOP = {
  visitors: PUBLISHED.visitors,
  items: PUBLISHED.catalogueItems,
  days: PUBLISHED.days,
  activity: 1,
  concentration: 1,
} as const satisfies ShopOptions;
