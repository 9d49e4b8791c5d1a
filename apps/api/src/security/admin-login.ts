import { timingSafeEqual } from 'node:crypto';
import { hashOfToken } from '@sommelier/platform';
import type { Principal } from './principal.ts';

export const ADMIN_ID = 'admin';

/** The login of ADMIN_USER and ADMIN_PASSWORD, which may operate. */
export interface AdminLogin {
  readonly principal: Principal;
  /** Compares both parts as hashes in constant time, so that the time tells neither length nor content. */
  matches(user: string, password: string): boolean;
  passwordMatches(password: string): boolean;
}

/** The administrator's login, or undefined when there is no password and so no login. */
export function adminLogin(admin: { user: string; password: string | undefined }): AdminLogin | undefined {
  if (admin.password === undefined) return undefined;
  const userHash = hashOfToken(admin.user);
  const fingerprint = hashOfToken(admin.password);
  const passwordMatches = (password: string) => timingSafeEqual(hashOfToken(password), fingerprint);
  return {
    principal: { id: ADMIN_ID, name: admin.user, roles: ['operate'], fingerprint },
    passwordMatches,
    matches(user, password) {
      const userMatches = timingSafeEqual(hashOfToken(user), userHash);
      return passwordMatches(password) && userMatches;
    },
  };
}
