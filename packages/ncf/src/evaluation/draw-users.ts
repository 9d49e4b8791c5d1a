import { permutation } from '../random/counter-random.ts';
import { NO_ITEM } from './split-leave-one-out.ts';

/**
 * At most `maxUsers` of the users with a withheld item, each as likely as the others, ascending: the same for the
 * same (items, maxUsers, seed, stream).
 */
export function drawUsers(
  withheldItems: Int32Array,
  maxUsers: number,
  { seed, stream }: { seed: number; stream: number },
): Uint32Array {
  const users = Uint32Array.from(withheldItems.keys()).filter((user) => withheldItems[user] !== NO_ITEM);
  if (users.length <= maxUsers) return users;
  const order = permutation(users.length, seed, stream).subarray(0, maxUsers);
  return order.map((place) => users[place]!).sort();
}
