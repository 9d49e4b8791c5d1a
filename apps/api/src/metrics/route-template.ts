import type { Request } from 'express';
import { JOB_BOARD_PATH } from '../routes/job-board.ts';

/** The original system's route: the only one whose pattern is no text. */
const TOP_N = '/topN={n}for_user={userId}';
/** Whatever led to no route: one name for all addresses that somebody may think of. */
const UNMATCHED = 'unmatched';

/** The route that answered a request, with its parameters in braces as in the OpenAPI document. */
export function routeTemplate(request: Pick<Request, 'route' | 'baseUrl' | 'originalUrl'>): string {
  // The board has routers and files of its own.
  if (request.originalUrl.startsWith(JOB_BOARD_PATH)) return JOB_BOARD_PATH;
  const path: unknown = request.route?.path;
  if (path === undefined) return UNMATCHED;
  return path instanceof RegExp ? TOP_N : String(path).replaceAll(/:(\w+)/g, '{$1}');
}
