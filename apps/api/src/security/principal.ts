import { API_ROLES, type ApiRole } from '@sommelier/contracts';
import type { Access } from './route-access.ts';

/** Who sends a request. */
export interface Principal {
  /** Id of the key; `api-key-variable`, `admin` and `nobody` are no keys of the database. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly ApiRole[];
  /** 32 bytes that change with the secret; a browser's session is bound to them. Never shown. */
  readonly fingerprint: Buffer;
}

/** Whoever it is, while there are no keys and nobody but this machine can ask. */
export const NOBODY: Principal = {
  id: 'nobody',
  name: 'nobody',
  roles: API_ROLES,
  fingerprint: Buffer.alloc(32),
};

/** Whether somebody may do what needs `access`. */
export function mayDo(principal: Principal, access: Access): boolean {
  return access === 'public' || access === 'any' || principal.roles.includes(access);
}
