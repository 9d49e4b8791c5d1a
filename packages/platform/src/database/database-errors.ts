import { isSommelierError, SommelierError } from '@sommelier/contracts';
import { type DatabaseAddress, describeAddress } from './database-url.ts';

const MYSQL_LOCK_WAIT_TIMEOUT = 1205;
/** Errors of the MySQL driver itself, which is where it stands when there is no connection, begin here. */
const MYSQL_DRIVER_ERRORS = 45_000;
const MYSQL_SERVER_GONE = [1053, 1077, 1079, 1927, 4031];
/** What Node says of a socket that broke under a command; the driver does not always make an error of its own of it. */
const SOCKET_ERRORS = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
];

/** What Prisma's adapters say about an error; the fields depend on `kind`. */
interface AdapterCause {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly originalMessage?: string;
  readonly code?: number;
  readonly cause?: string;
}

/** A commit's failure comes as the adapter's own error, everything else as one of Prisma's that has it inside. */
function adapterCause(error: unknown): AdapterCause | undefined {
  const { name, cause, meta } = (error ?? {}) as {
    name?: string;
    cause?: AdapterCause;
    meta?: { driverAdapterError?: { cause?: AdapterCause } };
  };
  return name === 'DriverAdapterError' ? cause : meta?.driverAdapterError?.cause;
}

function prismaCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Whether a row was refused because a unique key is taken. */
export function isUniqueViolation(error: unknown): boolean {
  return prismaCode(error) === 'P2002' || adapterCause(error)?.kind === 'UniqueConstraintViolation';
}

/** Whether another writer was in the way: nothing was written, and trying again is right. */
export function isContention(error: unknown): boolean {
  const cause = adapterCause(error);
  return (
    // P1008 is what a busy SQLite file is called when a transaction cannot begin.
    ['P1008', 'P2034'].includes(prismaCode(error) ?? '') ||
    cause?.kind === 'TransactionWriteConflict' ||
    cause?.kind === 'SocketTimeout' ||
    cause?.code === MYSQL_LOCK_WAIT_TIMEOUT
  );
}

function isMissingTable(error: unknown): boolean {
  const cause = adapterCause(error);
  return (
    cause?.kind === 'TableDoesNotExist' ||
    cause?.kind === 'ColumnNotFound' ||
    /no such (table|column)/.test(cause?.originalMessage ?? '')
  );
}

function isUnreachable(error: unknown): boolean {
  const code = adapterCause(error)?.code ?? 0;
  return (
    ['P1001', 'P1002', 'P1017', 'P2024', 'P2028', 'P2037', ...SOCKET_ERRORS].includes(
      prismaCode(error) ?? '',
    ) ||
    code >= MYSQL_DRIVER_ERRORS ||
    MYSQL_SERVER_GONE.includes(code)
  );
}

/** An error of Prisma as one of ours where we can say more; the error itself otherwise. */
export function translateDatabaseError(address: DatabaseAddress, error: unknown): unknown {
  if (isSommelierError(error)) return error;
  if (isMissingTable(error)) {
    return new SommelierError(
      'database-unavailable',
      `The tables of the ${describeAddress(address)} are missing or of another version: run "sommelier migrate" ` +
        `(${adapterCause(error)?.originalMessage ?? 'a table or column was not found'}).`,
      { cause: error },
    );
  }
  if (isContention(error)) {
    return new SommelierError(
      'database-unavailable',
      `The ${describeAddress(address)} stayed locked by another writer, too long to wait for it.`,
      { cause: error },
    );
  }
  if (isUnreachable(error)) return unavailable(address, error);
  return error;
}

/** A `database-unavailable` that says where the database should be and what the driver met; never the password. */
export function unavailable(address: DatabaseAddress, error: unknown): SommelierError {
  const reason = reasonOf(error);
  return new SommelierError(
    'database-unavailable',
    `The ${describeAddress(address)} cannot be used: ${reason}. ${adviceFor(address, reason)}`,
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  const cause = adapterCause(error);
  const text =
    cause?.cause ?? cause?.originalMessage ?? (error instanceof Error ? error.message : String(error));
  // The driver puts its connection number in front and the state of its pool behind.
  return text
    .replace(/^\(conn:[^)]*\)\s*/, '')
    .replace(/\s*\(pool connections:[\s\S]*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function adviceFor(address: DatabaseAddress, reason: string): string {
  if (address.provider === 'sqlite') return 'Check that the file exists and can be written to.';
  if (/Access denied/.test(reason))
    return `Check the user ("${address.user}"), the password and the user's rights.`;
  if (/Unknown database/.test(reason))
    return '"sommelier migrate" creates the database where the user may do so.';
  return `Check that a server listens at ${address.host}:${address.port} and can be reached from here.`;
}
