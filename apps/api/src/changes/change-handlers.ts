import { type Change, type ErasedUser, erasedUserOf } from '@sommelier/platform';

/** What keeps something in memory that the database may change. None of these may throw or take long. */
export interface ChangeHandlers {
  usersChanged(userIds: readonly string[] | 'all'): void;
  /** Called before what is kept of any user is dropped, since it may be of one of these. */
  usersErased(erased: readonly ErasedUser[] | 'unknown'): void;
  itemsChanged(itemIds: readonly string[] | 'all'): void;
  categoriesChanged(): void;
}

/** Tells each handler once about all rows together. */
export function handleChanges(handlers: ChangeHandlers, changes: readonly Change[]): void {
  const subjects = (kind: Change['kind']) =>
    changes.filter((change) => change.kind === kind).map(({ subject }) => subject);
  const has = (kind: Change['kind']) => changes.some((change) => change.kind === kind);
  const erased = subjects('erased').flatMap((subject) => erasedUserOf(subject) ?? []);
  if (erased.length > 0) handlers.usersErased(erased);
  // Who was erased is known by a hash only.
  const users = has('users') || has('erased') ? 'all' : [...new Set(subjects('user'))];
  const items = has('items') ? 'all' : [...new Set(subjects('item'))];
  if (users.length > 0) handlers.usersChanged(users);
  if (items.length > 0) handlers.itemsChanged(items);
  if (has('categories')) handlers.categoriesChanged();
}

/** For when nobody knows what has changed. */
export function handleEverything(handlers: ChangeHandlers): void {
  handlers.usersErased('unknown');
  handlers.usersChanged('all');
  handlers.itemsChanged('all');
  handlers.categoriesChanged();
}
