import {
  itemsOfUser,
  type Model,
  personalizerTables,
  popularityOrder,
  verifyModelFile,
} from '@sommelier/ncf';
import type {
  FetchedModel,
  FromLoadingThread,
  ScoreRequest,
  SharedModel,
} from '../scoring/scoring-protocol.ts';
import { threadError } from '../scoring/thread-error.ts';

/** Most items of a user that a warm-up takes for events. */
const MAX_EVENTS = 20;

/**
 * Verifies a model and computes all that the scoring threads share; takes seconds for a large catalogue.
 * @throws SommelierError `model-file-invalid`; a model that is refused here must not be served.
 */
export function prepareModel({ bytes, manifest, memory }: FetchedModel): SharedModel {
  const { model } = verifyModelFile(new Uint8Array(bytes), manifest, { memory, slot: 0 });
  const order = popularityOrder(model.itemPopularity);
  const popularity = new Uint32Array(new SharedArrayBuffer(order.byteLength));
  popularity.set(order);
  return {
    bytes,
    manifest,
    memory,
    personalizer: personalizerTables(model),
    popularity,
    warmUp: warmUpRequests(model),
  };
}

/** What the loading thread says of a model. */
export function loadOrRefuse(fetched: FetchedModel): FromLoadingThread {
  try {
    return { type: 'loaded', model: prepareModel(fetched) };
  } catch (error) {
    return { type: 'refused', error: threadError(error, 'model-file-invalid') };
  }
}

/** A request of each kind: users of the model, the same people as if it did not know them, and somebody unknown. */
function warmUpRequests({ userIds, itemIds, history }: Model): ScoreRequest[] {
  const plain = { events: [], nowMs: 0, n: 10, excludeHistory: true, excludedItemIds: [] };
  const users = [0, userIds.count >>> 1];
  const known = users.map((user) => ({ ...plain, userId: userIds.idAt(user) }));
  const foldedIn = users.map((user) => {
    const items = itemsOfUser(history, user).subarray(0, MAX_EVENTS);
    const events = Array.from(items, (item, place) => ({
      itemId: itemIds.idAt(item),
      weight: 1,
      timestampMs: place,
    }));
    return { ...plain, events };
  });
  return [...known, ...foldedIn, plain];
}
