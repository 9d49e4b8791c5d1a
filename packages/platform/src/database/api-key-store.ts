import { type ApiKey, apiRoleSchema, MAX_API_KEYS, SommelierError } from '@sommelier/contracts';
import type { ApiKey as ApiKeyRow } from '../generated/mysql/client.ts';
import type { Connection } from './client.ts';
import type { ApiKeyStore, StoredApiKey } from './database.ts';
import { toBigInt } from './training-run-row.ts';

/** Keys of the API, see {@link ApiKeyStore}. */
export class PrismaApiKeyStore implements ApiKeyStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async add(key: StoredApiKey): Promise<void> {
    const { client, run } = this.#connection;
    if ((await run(() => client.apiKey.count())) >= MAX_API_KEYS) {
      throw new SommelierError(
        'invalid-request',
        `There are ${MAX_API_KEYS} keys already, the most there may be.`,
      );
    }
    const { id, name, hash } = key;
    const data = { id, name, hash, roles: key.roles.join(','), createdAtMs: toBigInt(key.createdAtMs) };
    await run(() => client.apiKey.create({ data }));
  }

  async list(): Promise<StoredApiKey[]> {
    const { client, run } = this.#connection;
    const orderBy = [{ createdAtMs: 'desc' as const }, { id: 'asc' as const }];
    return (await run(() => client.apiKey.findMany({ orderBy }))).map(toStoredKey);
  }

  async revoke(id: string, nowMs: number): Promise<ApiKey | undefined> {
    const { client, run } = this.#connection;
    const data = { revokedAtMs: toBigInt(nowMs) };
    await run(() => client.apiKey.updateMany({ where: { id, revokedAtMs: null }, data }));
    const row = await run(() => client.apiKey.findUnique({ where: { id } }));
    if (row === null) return undefined;
    const { hash: _, ...key } = toStoredKey(row);
    return key;
  }

  async noteUse(id: string, atMs: number): Promise<void> {
    const { client, run } = this.#connection;
    const lastUsedAtMs = toBigInt(atMs);
    const where = { id, OR: [{ lastUsedAtMs: null }, { lastUsedAtMs: { lt: lastUsedAtMs } }] };
    await run(() => client.apiKey.updateMany({ where, data: { lastUsedAtMs } }));
  }
}

/** A role that this version does not know grants nothing. */
function toStoredKey(row: ApiKeyRow): StoredApiKey {
  const roles = row.roles.split(',').flatMap((role) => apiRoleSchema.safeParse(role).data ?? []);
  return {
    id: row.id,
    name: row.name,
    roles,
    hash: row.hash,
    createdAtMs: Number(row.createdAtMs),
    revokedAtMs: row.revokedAtMs === null ? null : Number(row.revokedAtMs),
    lastUsedAtMs: row.lastUsedAtMs === null ? null : Number(row.lastUsedAtMs),
  };
}
