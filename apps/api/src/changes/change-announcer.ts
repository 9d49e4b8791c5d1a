import type { ChangesPublisher, ErasedUser } from '@sommelier/platform';
import type { ChangeFollower } from './change-follower.ts';
import type { ChangeHandlers } from './change-handlers.ts';

export interface ChangeAnnouncerParts {
  readonly handlers: ChangeHandlers;
  readonly follower: Pick<ChangeFollower, 'hint'>;
  readonly publisher: Pick<ChangesPublisher, 'publish'>;
}

/**
 * Spreads what this replica has just written. The rows in the log of changes are what counts; this makes it quick: here
 * at once, so that whoever has an answer finds what they wrote, and on the other replicas within milliseconds.
 */
export class ChangeAnnouncer {
  readonly #parts: ChangeAnnouncerParts;

  constructor(parts: ChangeAnnouncerParts) {
    this.#parts = parts;
  }

  /** To be called after the commit. */
  users(userIds: Iterable<string>): void {
    this.#parts.handlers.usersChanged([...new Set(userIds)]);
    this.#spread();
  }

  /** To be called after the commit. */
  erased(erased: ErasedUser, userId: string): void {
    this.#parts.handlers.usersErased([erased]);
    this.users([userId]);
  }

  /** To be called after the commit. */
  items(itemIds: Iterable<string>): void {
    this.#parts.handlers.itemsChanged([...new Set(itemIds)]);
    this.#spread();
  }

  #spread(): void {
    this.#parts.publisher.publish();
    this.#parts.follower.hint();
  }
}
