import { API_ROLES, type LimitsConfig } from '@sommelier/contracts';
import { connectRedis, type Environment, isLoopback, type Logger, within } from '@sommelier/platform';
import type { BackgroundDatabase } from '../background-database.ts';
import { AccessControl } from './access-control.ts';
import { ADMIN_ID, type AdminLogin, adminLogin } from './admin-login.ts';
import { createAuthorizer } from './authorize.ts';
import { requireKeys } from './bind-address.ts';
import { KeyTable } from './key-table.ts';
import { RateLimits } from './rate-limits.ts';
import { redisSessions, type Sessions } from './sessions.ts';
import { redisCounts } from './shared-counts.ts';

/**
 * How long a replica tries to read its keys before it listens, on this machine only and where others can ask, after the
 * database was opened or could not be.
 */
const LOOPBACK_WAIT_MS = 0;
const NETWORK_WAIT_MS = 10_000;
const OPENING_WAIT_MS = 5_000;

/** Who may do what, for one replica. */
export interface Security {
  readonly access: AccessControl;
  readonly keys: KeyTable;
  readonly admin: AdminLogin | undefined;
  readonly sessions: Sessions;
  stop(): Promise<void>;
}

/**
 * Reads the keys and puts the gate together.
 * @throws SommelierError `unsafe-address` when other machines could ask and there is no key that they had to show
 */
export async function openSecurity(parts: {
  environment: Environment;
  limits: LimitsConfig;
  database: BackgroundDatabase;
  logger: Logger;
}): Promise<Security> {
  const { environment, limits, database, logger } = parts;
  const { HOST, API_KEY, ADMIN_USER, ADMIN_PASSWORD, REDIS_URL, REDIS_PREFIX } = environment;
  const mayBeOpen = await isLoopback(HOST);
  const keys = new KeyTable({
    store: () => database.apiKeys,
    logger,
    now: Date.now,
    monotonicMs: () => performance.now(),
    mayBeOpen,
    ...(API_KEY !== undefined && { fixed: fixedKey(API_KEY) }),
  });
  const late = () => new Error('the database takes long to open');
  await within(database.firstAttempt, OPENING_WAIT_MS, late).catch(() => undefined);
  await keys.start(mayBeOpen ? LOOPBACK_WAIT_MS : NETWORK_WAIT_MS);
  if (!mayBeOpen) requireKeys(HOST, keys);
  const admin = adminLogin({ user: ADMIN_USER, password: ADMIN_PASSWORD });
  const redis = connectRedis(REDIS_URL, 'producer', logger);
  const rateLimits = new RateLimits({
    limits,
    shared: redisCounts(redis, REDIS_PREFIX),
    logger,
    monotonicMs: () => performance.now(),
  });
  const holder = (id: string) => (id === ADMIN_ID ? admin?.principal : keys.holder(id));
  const sessions = redisSessions(redis, REDIS_PREFIX, holder);
  const authorizer = createAuthorizer(keys, admin);
  return {
    access: new AccessControl({ authorizer, keys, limits: rateLimits, sessions }),
    keys,
    admin,
    sessions,
    async stop() {
      await Promise.all([keys.stop(), rateLimits.stop()]);
      redis.disconnect();
    },
  };
}

function fixedKey(token: string) {
  return { token, principal: { id: 'api-key-variable', name: 'API_KEY', roles: API_ROLES } };
}
