import { describe, expect, it } from '@jest/globals';
import { isContention, translateDatabaseError } from './database-errors.ts';
import { parseDatabaseUrl } from './database-url.ts';

const ADDRESS = parseDatabaseUrl('mysql://shop:secret@db.example:3306/shop');

/** What a query's failure looks like when the driver has made an error of its own of it. */
function queryError(cause: object): Error {
  return Object.assign(new Error('Invalid `prisma.event.create()` invocation'), {
    name: 'PrismaClientKnownRequestError',
    code: 'P2010',
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause } },
  });
}

/** What a commit's failure looks like. */
function commitError(cause: object): Error {
  return Object.assign(new Error('socket has unexpectedly been closed'), {
    name: 'DriverAdapterError',
    cause,
  });
}

/** What a query's failure looks like when the socket broke under it: Node's code where Prisma's would be. */
function socketError(code: string): Error {
  const message = `Invalid \`prisma.trainingRun.findUnique()\` invocation: read ${code}`;
  return Object.assign(new Error(message), { name: 'PrismaClientKnownRequestError', code });
}

const CLOSED = { kind: 'mysql', code: 45_009, message: 'socket has unexpectedly been closed' };

describe('errors of the database', () => {
  it.each([
    ['a query whose connection the driver has lost', queryError(CLOSED)],
    ['a commit whose connection was lost', commitError(CLOSED)],
    ['a commit while the server shuts down', commitError({ kind: 'mysql', code: 1053 })],
    ['a socket that was reset', socketError('ECONNRESET')],
    ['a socket that was closed', socketError('EPIPE')],
    ['a server that is gone', socketError('ECONNREFUSED')],
  ])('say that the database is away: %s', (_what, error) => {
    expect(translateDatabaseError(ADDRESS, error)).toMatchObject({
      code: 'database-unavailable',
      message: expect.stringContaining('db.example:3306'),
    });
    expect(isContention(error)).toBe(false);
  });

  it.each([
    ['a query', queryError({ kind: 'TransactionWriteConflict' })],
    ['a commit', commitError({ kind: 'TransactionWriteConflict' })],
  ])('know another writer in the way of %s', (_what, error) => {
    expect(isContention(error)).toBe(true);
  });

  it('leaves alone what is a mistake of ours', () => {
    for (const error of [queryError({ kind: 'mysql', code: 1064 }), new TypeError('x is not a function')])
      expect(translateDatabaseError(ADDRESS, error)).toBe(error);
  });
});
