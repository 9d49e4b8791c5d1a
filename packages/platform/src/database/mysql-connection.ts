import { type Connection, type ConnectionConfig, createConnection, type PoolConfig } from 'mariadb';
import { unavailable } from './database-errors.ts';
import type { MysqlAddress } from './database-url.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS_PER_PROCESS = 8;
/** Room for a page of events packed into one JSON text; MariaDB cuts it at this length (1 MB by default). */
const MAX_JSON_BYTES = 67_108_864;

/**
 * Settings of a connection. Without TLS, MySQL 8 hands out the key that its default login method encrypts the password
 * with only when it is asked to: `allowPublicKeyRetrieval`. Somebody between client and server could answer with a key
 * of their own, so use `?ssl=true` on a network that is not trusted.
 */
export function mysqlConfig(address: MysqlAddress): ConnectionConfig {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(address.tls ? { ssl: true } : { allowPublicKeyRetrieval: true }),
    sessionVariables: {
      // What does not fit is an error, whatever the server's own setting is.
      sql_mode: 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
      group_concat_max_len: MAX_JSON_BYTES,
    },
  };
}

export function mysqlPoolConfig(address: MysqlAddress): PoolConfig {
  return {
    ...mysqlConfig(address),
    connectionLimit: CONNECTIONS_PER_PROCESS,
    acquireTimeout: 2 * CONNECT_TIMEOUT_MS,
  };
}

/** @throws SommelierError `database-unavailable` */
export async function connectMysql(
  address: MysqlAddress,
  overrides: Partial<ConnectionConfig> = {},
): Promise<Connection> {
  try {
    return await createConnection({ ...mysqlConfig(address), ...overrides });
  } catch (error) {
    throw unavailable(address, error);
  }
}
