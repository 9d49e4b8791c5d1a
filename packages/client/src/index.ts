export { type ClientErrorCode, SommelierApiError } from './api-error.ts';
export { type CallOptions, type ClientOptions, SommelierClient } from './client.ts';
export type { FollowOptions } from './follow-run.ts';
export type { RecommendationQuery, SentEvent, SimilarItemsQuery, WhyNotQuery } from './parameters.ts';
