import { insertChangesSql } from './change-sql.ts';
import type { Client } from './client.ts';
import { ALL_SUBJECTS, type ChangeKind, type DatabaseProvider } from './database.ts';

/** More subjects than this are announced as "all of them": who follows would have to look at most of what it has. */
export const MAX_NAMED_SUBJECTS = 1_000;

/** What a subject's kind is called when all of them may have changed. */
const KIND_OF_ALL = { user: 'users', item: 'items' } as const;

/**
 * Writes what has changed into the log of changes, in the transaction that changed it and as its last statement: a
 * change's id is then taken right before its transaction commits, and who reads in the order of ids waits for few.
 * @param subjects ids, each of them once or more
 */
export async function writeChanges(
  writer: { client: Client; provider: DatabaseProvider },
  kind: keyof typeof KIND_OF_ALL,
  subjects: Iterable<string>,
): Promise<void> {
  const distinct = new Set(subjects);
  const rows: [ChangeKind, string][] =
    distinct.size > MAX_NAMED_SUBJECTS
      ? [[KIND_OF_ALL[kind], ALL_SUBJECTS]]
      : Array.from(distinct, (subject) => [kind, subject]);
  await writeRows(writer, rows);
}

/** As {@link writeChanges}, for categories, which are few and only read together. */
export async function writeCategoriesChange(writer: {
  client: Client;
  provider: DatabaseProvider;
}): Promise<void> {
  await writeRows(writer, [['categories', ALL_SUBJECTS]]);
}

async function writeRows(
  { client, provider }: { client: Client; provider: DatabaseProvider },
  rows: readonly [ChangeKind, string][],
): Promise<void> {
  if (rows.length > 0) await client.$executeRaw(insertChangesSql(provider, JSON.stringify(rows)));
}
