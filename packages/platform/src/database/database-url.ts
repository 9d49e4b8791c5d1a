import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SommelierError } from '@sommelier/contracts';

/** Where a MySQL or MariaDB database is and how to log in. */
export interface MysqlAddress {
  readonly provider: 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `true`: encrypted and the certificate is verified. */
  readonly tls: boolean;
}

/** An SQLite database file. */
export interface SqliteAddress {
  readonly provider: 'sqlite';
  /** Absolute path. */
  readonly path: string;
}

export type DatabaseAddress = MysqlAddress | SqliteAddress;

const EXPECTED = 'expected mysql://user:password@host:3306/database or file:PATH (SQLite)';
const DEFAULT_PORT = 3306;
/** Longest name of a database in MySQL. */
const MAX_DATABASE_NAME = 64;

/**
 * Reads a database address; the provider follows from its scheme. A relative `file:` path is relative to the working
 * directory. `?ssl=true` asks MySQL for an encrypted connection.
 * @throws SommelierError `database-url`; the text never contains the password.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (url.startsWith('file:')) return parseSqlite(url);
  if (url.startsWith('mysql:')) return parseMysql(url);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  const found = scheme === undefined ? 'has no scheme' : `has the scheme "${scheme}"`;
  throw new SommelierError('database-url', `The database address ${found}; ${EXPECTED}.`);
}

/** An address for people: where, but not the login. */
export function describeAddress(address: DatabaseAddress): string {
  return address.provider === 'sqlite'
    ? `SQLite file ${address.path}`
    : `MySQL database "${address.database}" at ${address.host}:${address.port}`;
}

function parseSqlite(url: string): SqliteAddress {
  const rest = url.slice('file:'.length);
  if (rest.includes('?')) {
    throw new SommelierError('database-url', 'The database address takes no "?" options with file:PATH.');
  }
  if (rest === '' || rest.includes('\0') || rest.endsWith('/') || rest.includes(':memory:')) {
    const why = rest.includes(':memory:') ? 'several processes share the database, so it' : 'it';
    throw new SommelierError('database-url', `The database address names no file: ${why} must be file:PATH.`);
  }
  if (!rest.startsWith('//')) return { provider: 'sqlite', path: resolve(rest) };
  try {
    return { provider: 'sqlite', path: fileURLToPath(url) };
  } catch (cause) {
    throw new SommelierError(
      'database-url',
      'The database address is not a local file: write file:/absolute/path or file:relative/path.',
      { cause },
    );
  }
}

function parseMysql(url: string): MysqlAddress {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // No cause here: the error of URL carries the whole text, password included.
    throw new SommelierError(
      'database-url',
      `The database address is not a URL (percent-encode special characters in the password); ${EXPECTED}.`,
    );
  }
  const database = decode(parsed.pathname.replace(/^\//, ''), 'name of the database');
  if (parsed.hostname === '')
    throw new SommelierError('database-url', `The database address names no host; ${EXPECTED}.`);
  if (database === '' || database.length > MAX_DATABASE_NAME || /[/\\.`\0]|^\s|\s$/.test(database)) {
    throw new SommelierError(
      'database-url',
      `The database address must end in one database's name; ${EXPECTED}.`,
    );
  }
  return {
    provider: 'mysql',
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    user: decode(parsed.username, 'user'),
    password: decode(parsed.password, 'password'),
    database,
    tls: parseOptions(parsed.searchParams),
  };
}

function parseOptions(parameters: URLSearchParams): boolean {
  for (const [name, value] of parameters) {
    if (name !== 'ssl' || !['true', 'false'].includes(value)) {
      throw new SommelierError(
        'database-url',
        `The database address has the option "${name}"; the only one is ssl=true or ssl=false.`,
      );
    }
  }
  return parameters.get('ssl') === 'true';
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SommelierError(
      'database-url',
      `The ${what} in the database address is not percent-encoded correctly.`,
    );
  }
}
