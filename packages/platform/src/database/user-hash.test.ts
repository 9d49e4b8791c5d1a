import { expect, it } from '@jest/globals';
import { userHash } from './user-hash.ts';

it.each([
  // printf %s 257597 | sha256sum
  ['257597', '7de1b2bff9d06b11aade36d9141b8bc334f6aa82cd81061904b2803dfff1e064'],
  // printf %s ü | sha256sum, in UTF-8
  ['ü', '607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f'],
])('hashes the id %j as any tool does', (userId, hash) => {
  expect(userHash(userId)).toBe(hash);
});
