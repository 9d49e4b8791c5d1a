import type { Manifest } from '@sommelier/contracts';
import {
  componentsOf,
  decodeModelFile,
  decodeSnapshot,
  describeModelFile,
  encodeModelFile,
  type Model,
  makeProbes,
} from '@sommelier/ncf';
import { removeUsers } from '@sommelier/ncf/training';
import { userHash } from '@sommelier/platform';

/** What a manifest says of a file's content. */
export interface FileContent {
  readonly file: Manifest['file'];
  readonly counts: Manifest['counts'];
  readonly components: Manifest['components'];
  readonly probes: Manifest['probes'];
}

/**
 * What came of looking for users in a model file: `absent` none was in it; `removed` a file without them; `nobody-left` it
 * had no others. `found`: the hashes of those that were in it.
 */
export type Removal =
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'nobody-left'; readonly found: readonly string[] }
  | {
      readonly outcome: 'removed';
      readonly found: readonly string[];
      readonly bytes: Uint8Array;
      readonly content: FileContent;
    };

/**
 * Takes users out of a model file, by the hashes of their ids. The same file and users give the same bytes.
 * @throws SommelierError `model-file-invalid` when it is not a model file
 */
export function removeFromModelFile(bytes: Uint8Array, hashes: ReadonlySet<string>): Removal {
  const model = decodeModelFile(bytes);
  const found = new Map<number, string>();
  for (let user = 0; user < model.userIds.count; user++) {
    const hash = userHash(model.userIds.idAt(user));
    if (hashes.has(hash)) found.set(user, hash);
  }
  if (found.size === 0) return { outcome: 'absent' };
  const names = [...found.values()];
  const without = removeUsers(model, (user) => found.has(user));
  if (without === undefined) return { outcome: 'nobody-left', found: names };
  const file = encodeModelFile(without);
  return { outcome: 'removed', found: names, bytes: file, content: contentOf(without, file) };
}

function contentOf(model: Model, bytes: Uint8Array): FileContent {
  const counts = {
    users: model.userIds.count,
    items: model.itemIds.count,
    interactions: model.history.items.length,
  };
  return {
    file: describeModelFile(bytes),
    counts,
    components: componentsOf(model),
    probes: makeProbes(model),
  };
}

/**
 * The hashes of those of the users that are in a snapshot.
 * @throws SommelierError `model-file-invalid` when it is not a snapshot
 */
export function findInSnapshot(bytes: Uint8Array, hashes: ReadonlySet<string>): string[] {
  return decodeSnapshot(bytes)
    .interactions.userIds.map(userHash)
    .filter((hash) => hashes.has(hash));
}
