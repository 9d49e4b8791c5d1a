import { hash, randomBytes } from 'node:crypto';

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const TOKEN = /^smk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

/** A key that was just made: `token` is what its owner sends, and is shown once. */
export interface NewApiKey {
  readonly id: string;
  readonly token: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly hash: string;
}

/** Makes a key `smk_<id>_<secret>`: an id of 64 random bits that may be shown, a secret of 256. */
export function newApiKey(): NewApiKey {
  const id = randomBytes(ID_BYTES).toString('hex');
  const token = `smk_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, token, hash: hashOfToken(token).toString('hex') };
}

/** The id in a key, or undefined when the text does not have the form of a key. */
export function idOfToken(token: string): string | undefined {
  return TOKEN.exec(token)?.[1];
}

/**
 * SHA-256 of a key, 32 bytes. A slow hash, as for passwords, would add nothing: it makes guessing dear, and 256 random
 * bits cannot be guessed at any price. It would only make every request slow.
 */
export function hashOfToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
