import type { ErrorCode, Manifest, Strategy } from '@sommelier/contracts';
import type { PersonalizerTables, ScanMemory } from '@sommelier/ncf';
import type { HistoryEvent } from '../answers/user-history.ts';

/** A model file that is to be verified. */
export interface FetchedModel {
  readonly bytes: SharedArrayBuffer;
  readonly manifest: Manifest;
  /** Where the items are to be packed; a model that does not fit into one has none. */
  readonly memory?: ScanMemory | undefined;
}

/** Bytes of shared memory that are free when nobody has a model any more. */
export function sharedBytesOf({ bytes, memory }: FetchedModel): number {
  return bytes.byteLength + (memory?.memory.buffer.byteLength ?? 0);
}

/** What the loading thread is told, once for each model. */
export interface ToLoadingThread {
  readonly fetched: FetchedModel;
  /** Whether it gives way to all other threads from now on. */
  readonly yielding: boolean;
}

/** A model that was verified, with all that takes long to compute, in memory that every thread reads. */
export interface SharedModel extends FetchedModel {
  readonly personalizer: PersonalizerTables;
  /** All items, the most popular first: `[items]`. */
  readonly popularity: Uint32Array;
  /** What each thread is to answer before the model serves, so that nobody waits for a thread's first times. */
  readonly warmUp: readonly ScoreRequest[];
}

/** What it answers. */
export type FromLoadingThread =
  | { readonly type: 'loaded'; readonly model: SharedModel }
  | { readonly type: 'refused'; readonly error: ThreadError };

/** A person's best items. */
export interface TopRequest {
  readonly kind?: undefined;
  /** Absent for somebody without a name, of whom the events say all. */
  readonly userId?: string | undefined;
  /** What the person did, in any order; items that the model does not know change nothing. */
  readonly events: readonly HistoryEvent[];
  /** Against which the events' ages are measured (Unix ms). */
  readonly nowMs: number;
  readonly n: number;
  /** Leave out what the model's history of the user has. */
  readonly excludeHistory: boolean;
  /** Leave out the items of the events. */
  readonly excludeEvents?: boolean | undefined;
  /** Further items to leave out; ids that the model does not know change nothing. */
  readonly excludedItemIds: readonly string[];
  /** A bit an item of the model, as the ranker takes it, in shared memory; absent: all items. */
  readonly eligible?: Uint8Array | undefined;
  /** Most items of one group in the answer. */
  readonly variety?: Variety | undefined;
  /** Say how the answer came about. */
  readonly explain?: boolean | undefined;
  /** An item whose place among all eligible ones is wanted too. */
  readonly placeOf?: string | undefined;
}

export interface Variety {
  /** Group of each item of the model, `[items]`, in shared memory; 0: in no group, never limited. */
  readonly groups: Uint32Array;
  readonly maxPerGroup: number;
}

/** The items that are nearest to one. */
export interface SimilarRequest {
  readonly kind: 'similar';
  readonly itemId: string;
  readonly n: number;
  readonly excludedItemIds: readonly string[];
  /** As of a top request. */
  readonly eligible?: Uint8Array | undefined;
}

/** What a thread can be asked; what it answers is of the same kind. */
export type ScoreRequest = TopRequest | SimilarRequest;

export interface TopResult {
  readonly kind?: undefined;
  readonly strategy: Strategy;
  /** At most n, best first. */
  readonly items: readonly { readonly itemId: string; readonly score: number }[];
  readonly explained?: ExplainedAnswer;
  readonly place?: ItemPlace;
}

/** How an answer came about, as far as the model knows it. */
export interface ExplainedAnswer {
  /** For each item of the answer the person's own items that carried it, strongest first. */
  readonly carriedBy: readonly (readonly { readonly itemId: string; readonly contribution: number }[])[];
  /** Of the model's items: those that could be recommended, and those that each part removed after the filters. */
  readonly counts: {
    readonly items: number;
    readonly eligible: number;
    readonly exclude: number;
    readonly seen: number;
  };
  readonly scoreMs: number;
  readonly explainMs: number;
}

/** Where an item stands among all eligible ones. */
export type ItemPlace =
  | { readonly removedBy: null; readonly rank: number; readonly score: number }
  /** `ineligible`: the request's bits have it not. */
  | { readonly removedBy: 'ineligible' | 'exclude' | 'seen' | 'not-in-model' };

export interface SimilarResult {
  readonly kind: 'similar';
  /** Whether the model has the item at all. */
  readonly isKnown: boolean;
  /** At most n, nearest first. */
  readonly items: readonly {
    readonly itemId: string;
    readonly score: number;
    readonly source: 'item-to-item' | 'embedding';
  }[];
}

export type ScoreResult = TopResult | SimilarResult;

export interface ThreadError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The answer to a request, or why there is none. */
export type Scored = ScoreResult | { readonly error: ThreadError };

/** What a scoring thread is told; models go by a key that is never used again. */
export type ToScoringThread =
  | {
      readonly type: 'open';
      readonly key: number;
      readonly model: SharedModel;
      /** The thread's place in the model's memory, which no other living thread has. */
      readonly slot: number;
    }
  | { readonly type: 'close'; readonly key: number }
  | {
      readonly type: 'score';
      readonly id: number;
      readonly key: number;
      readonly requests: readonly ScoreRequest[];
    };

/** What it says: `opened` or `refused` for each model, and one `scored` for each `score`, as many as were asked for. */
export type FromScoringThread =
  | { readonly type: 'opened'; readonly key: number }
  | { readonly type: 'refused'; readonly key: number; readonly error: ThreadError }
  | { readonly type: 'scored'; readonly id: number; readonly results: readonly Scored[] };
