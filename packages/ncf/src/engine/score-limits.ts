import { SommelierError } from '@sommelier/contracts';
import type { NeuMFShape } from './neumf-parameters.ts';

/** Most scores that one call of `scoreUsers` may ask for: 1 GiB. */
const MAX_SCORES = 2 ** 28;

/** @throws SommelierError `internal` for a user that does not exist, or more scores than one call may ask for. */
export function requireScorable(users: Uint32Array, { userCount, itemCount }: NeuMFShape): void {
  const outside = users.find((user) => user >= userCount);
  if (outside !== undefined) {
    throw new SommelierError('internal', `scoreUsers: user ${outside} of ${userCount} users does not exist`);
  }
  if (users.length * itemCount > MAX_SCORES) {
    throw new SommelierError(
      'internal',
      `scoreUsers: ${users.length} users x ${itemCount} items are more than ${MAX_SCORES} scores; ask for fewer users at once`,
    );
  }
}
