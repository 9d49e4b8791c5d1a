import { createHash } from 'node:crypto';

/** What is kept of an erased user's id: its SHA-256 (of the UTF-8 bytes), in hexadecimal. */
export function userHash(userId: string): string {
  return createHash('sha256').update(userId, 'utf8').digest('hex');
}
