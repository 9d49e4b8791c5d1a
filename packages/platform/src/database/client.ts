import type { PrismaClient } from '../generated/mysql/client.ts';
import type { DatabaseProvider } from './database.ts';
import type { Run } from './retrying.ts';

/**
 * The generated clients of the two providers differ in type only: same models, same fields. The stores are written
 * against MySQL's.
 */
export type Client = PrismaClient;

/** What every store works with. */
export interface Connection {
  readonly provider: DatabaseProvider;
  readonly client: Client;
  readonly run: Run;
}
