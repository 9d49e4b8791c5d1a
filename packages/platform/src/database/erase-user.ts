import { Prisma } from '../generated/mysql/client.ts';
import { insertChangesSql } from './change-sql.ts';
import type { Client } from './client.ts';
import type { DatabaseProvider, ErasedUser } from './database.ts';
import { erasedSubject } from './erased-subject.ts';
import { toBigInt } from './training-run-row.ts';
import { userHash } from './user-hash.ts';

/** Ids that one statement names. */
const IDS_A_STATEMENT = 1_000;

/**
 * Deletes all that the database has of a user, and writes down that somebody with this hash was erased, inside of a
 * transaction.
 *
 * The events go first: on MySQL that locks the user's part of the index, so that whatever is stored of the user later is
 * stored after this transaction, as of somebody new, and all that was stored before is seen by what follows. The
 * erasure's id is one more than the newest committed one, and its row is locked until the end: so ids ascend in the order
 * of commits, and who has seen one knows that all before it are committed. Of two that want the same id, the second finds
 * it taken.
 * @throws an error for which `isUniqueViolation` holds, when another erasure took the id: then to be tried again
 */
export async function eraseUserIn(
  { client, provider }: { client: Client; provider: DatabaseProvider },
  userId: string,
  nowMs: number,
): Promise<ErasedUser> {
  const eventsDeleted = await client.$executeRaw(Prisma.sql`DELETE FROM Event WHERE userId = ${userId}`);
  const newest = await client.erasure.findFirst({ orderBy: { id: 'desc' }, select: { id: true } });
  const erased = { id: (newest?.id ?? 0) + 1, userHash: userHash(userId) };
  await client.erasure.create({ data: { ...erased, requestedAtMs: toBigInt(nowMs), eventsDeleted } });
  await hideChanges(client, userId, erased);
  const rows = JSON.stringify([['erased', erasedSubject(erased)]]);
  await client.$executeRaw(insertChangesSql(provider, rows));
  return erased;
}

/** The log of changes names users. Its rows stay, since readers stand on them, but say who was erased instead. */
async function hideChanges(client: Client, userId: string, erased: ErasedUser): Promise<void> {
  const rows = await client.change.findMany({
    where: { kind: 'user', subject: userId },
    select: { id: true },
  });
  const data = { kind: 'erased', subject: erasedSubject(erased) };
  for (let start = 0; start < rows.length; start += IDS_A_STATEMENT) {
    const ids = rows.slice(start, start + IDS_A_STATEMENT).map(({ id }) => id);
    await client.change.updateMany({ where: { id: { in: ids } }, data });
  }
}
