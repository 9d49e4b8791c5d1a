import type { ErasedUser } from './database.ts';

const SUBJECT = /^([1-9]\d{0,9})\.([A-Za-z0-9_-]{43})$/;

/** An erasure as the log of changes carries it: a subject has 64 characters, too few for the hexadecimal digits. */
export function erasedSubject({ id, userHash }: ErasedUser): string {
  return `${id}.${Buffer.from(userHash, 'hex').toString('base64url')}`;
}

/** Undefined for a subject that is not an erasure's. */
export function erasedUserOf(subject: string): ErasedUser | undefined {
  const [, id, hash] = SUBJECT.exec(subject) ?? [];
  if (id === undefined || hash === undefined) return undefined;
  return { id: Number(id), userHash: Buffer.from(hash, 'base64url').toString('hex') };
}
