import {
  type ApiKey,
  type ApiRole,
  apiKeyRequestSchema,
  describeDetails,
  SommelierError,
  zodDetails,
} from '@sommelier/contracts';
import type { ApiKeyStore } from '../database/database.ts';
import { newApiKey } from './api-key-token.ts';

/**
 * Makes a key and stores its hash; `token` cannot be had again.
 * @throws SommelierError `invalid-request` for a name or roles that cannot be, or when there are too many keys;
 * `database-unavailable`
 */
export async function createApiKey(
  store: Pick<ApiKeyStore, 'add'>,
  request: { name: string; roles: readonly string[]; nowMs: number },
): Promise<{ key: ApiKey; token: string }> {
  const parsed = apiKeyRequestSchema.safeParse({ name: request.name, roles: request.roles });
  if (!parsed.success) {
    const details = zodDetails(parsed.error);
    throw new SommelierError('invalid-request', `The key cannot be made: ${describeDetails(details)}.`, {
      details,
    });
  }
  const { name } = parsed.data;
  const roles: readonly ApiRole[] = parsed.data.roles;
  const { id, token, hash } = newApiKey();
  const key = { id, name, roles, createdAtMs: request.nowMs, revokedAtMs: null, lastUsedAtMs: null };
  await store.add({ ...key, hash });
  return { key, token };
}
