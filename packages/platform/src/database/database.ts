import type {
  Activation,
  ActiveModel,
  ApiKey,
  Category,
  Erasure,
  EventInput,
  Funnel,
  Item,
  Manifest,
  Metrics,
  ModelVersion,
  Problem,
  RunConfig,
  RunProgress,
  RunStatus,
  Schedule,
  ScheduleRequest,
  TrainingRun,
  Verification,
} from '@sommelier/contracts';

import type { Supersession, SupersessionOutcome } from './supersede-model.ts';

export type DatabaseProvider = 'mysql' | 'sqlite';

/** A page of events, one array a field, all of the same length. */
export interface EventPage {
  readonly timestampsMs: number[];
  readonly userIds: string[];
  readonly itemIds: string[];
  readonly types: string[];
}

/** The latest event of a user with an item and a type. */
export interface UserEvent {
  readonly itemId: string;
  readonly type: string;
  readonly timestampMs: number;
}

/**
 * What a row of the log of changes is about; the plurals mean that all of them may have changed. `erased`: a user who was
 * erased, whose subject {@link erasedUserOf} reads.
 */
export type ChangeKind = 'user' | 'users' | 'erased' | 'item' | 'items' | 'categories';

/** Subject of a change that is not about one user or item. */
export const ALL_SUBJECTS = '*';

/** A row of the log of changes: who follows it reads anew what the row is about. */
export interface Change extends ChangePosition {
  readonly kind: ChangeKind;
  /** A user's or item's id, an erasure, or {@link ALL_SUBJECTS}. */
  readonly subject: string;
}

/** Where somebody stands in the log of changes. */
export interface ChangePosition {
  /** Ascending, but not in the order of commits, and with gaps. */
  readonly id: number;
  /** By the database's clock, Unix ms. */
  readonly atMs: number;
}

/** A short log of what has changed; the stores write it in the transaction of the change itself. */
export interface ChangeStore {
  /** The last row among those that are at least this old by the database's clock; undefined without one. */
  newest(minAgeMs: number): Promise<ChangePosition | undefined>;
  /** Rows with a greater id, in ascending order of it. */
  readAfter(id: number, limit: number): Promise<Change[]>;
  /** How many rows there are from one id to another, both included, and the time of the first of these ids. */
  between(fromId: number, toId: number): Promise<{ rows: number; firstAtMs: number | undefined }>;
  /** Removes rows that are at least this old, but never the newest; in bounded pieces. Returns how many. */
  prune(minAgeMs: number, maxPieces: number): Promise<number>;
}

export interface EventStore {
  /**
   * Stores events; one with a key that is stored already is not stored again. All or nothing, and with it a change of
   * each user, or of all when there are more than 1,000.
   */
  insert(events: readonly EventInput[]): Promise<{ inserted: number; duplicates: number }>;
  /** All stored events with `afterMs < timestampMs <= untilMs`, in pages of bounded size, in any order. */
  readPages(range: { afterMs: number; untilMs: number }): AsyncIterable<EventPage>;
  /** Time of the newest event that is not later than `notAfterMs`; undefined without one. */
  newestTimestampMs(notAfterMs: number): Promise<number | undefined>;
  /** Events that are stored: one pass over an index. */
  count(): Promise<number>;
  /** Users, items and events that are stored: a pass over the table, much longer than counting the events alone. */
  totals(): Promise<{ users: number; items: number; events: number }>;
  /** What a user did, of these types: the latest event of each item and type, newest first, at most `limit`. */
  historyOf(userId: string, types: readonly string[], limit: number): Promise<UserEvent[]>;
  /** As {@link historyOf} for several users by one statement, `limit` for each; users without an event are absent. */
  historiesOf(
    userIds: readonly string[],
    types: readonly string[],
    limit: number,
  ): Promise<Map<string, UserEvent[]>>;
  /**
   * Makes all events of `from` events of `into`; those that `into` has already are removed. All or nothing.
   * @throws SommelierError `merge-too-large` when there are more than 10,000
   */
  merge(users: { from: string; into: string }): Promise<{ moved: number; duplicates: number }>;
  /** Every user with an event, once, in the database's order, in pages of at most `size`. */
  userIdPages(size: number): AsyncIterable<string[]>;
}

export interface ItemStore {
  /** Stores items, whole: one that is there is replaced; of an id that comes twice, the last counts. */
  upsertItems(items: readonly Item[]): Promise<void>;
  upsertCategories(categories: readonly Category[]): Promise<void>;
  /** The items that exist among `itemIds`, in no particular order. */
  findItems(itemIds: readonly string[]): Promise<Item[]>;
  /** All items, in pages of bounded size. */
  readItemPages(): AsyncIterable<Item[]>;
  readCategories(): Promise<Category[]>;
}

/** What a transition may write into a run's row; keys that are absent stay as they are. */
export interface TrainingRunPatch {
  status?: RunStatus;
  progress?: RunProgress | null;
  funnel?: Funnel;
  metrics?: Metrics;
  error?: Problem | null;
  modelVersion?: string;
  snapshotSha256?: string;
  baseGeneration?: number;
  erasedThrough?: number;
  timings?: Record<string, number>;
  verification?: Verification;
  startedAtMs?: number;
  finishedAtMs?: number;
}

/** What a queued run has beside its request. */
export interface QueuedHow {
  readonly priority?: number | undefined;
  /** The version that the run trains again; absent for one that makes a new one. */
  readonly verifies?: string | undefined;
  /** Trace context of the request that asked for it. */
  readonly traceparent?: string | undefined;
}

export interface TrainingRunStore {
  /**
   * Writes a queued run, unless one with the same request is queued already: then that one is returned. A running
   * one never coalesces, since it misses newer events. Safe against two callers at once (a unique key decides). A run
   * that is joined gets the more urgent of the two priorities, and keeps the trace of who asked first.
   */
  createOrJoin(
    request: RunConfig,
    nowMs: number,
    how?: QueuedHow,
  ): Promise<{ run: TrainingRun; created: boolean }>;
  get(id: string): Promise<TrainingRun | undefined>;
  /** Newest first. */
  list(options: { limit: number; status?: RunStatus }): Promise<TrainingRun[]>;
  /** When the run was asked for that has been queued the longest (Unix ms); undefined when none is queued. */
  oldestQueuedAtMs(): Promise<number | undefined>;
  /**
   * Marks a run as running by one more attempt and frees its place in the queue for an equal request.
   * Returns the attempt's number (from 1), or undefined when the run is in a final state.
   */
  begin(id: string, nowMs: number): Promise<number | undefined>;
  /**
   * Writes a patch if the run still belongs to this attempt and is running (compare-and-set).
   * False = another attempt took over or the run has ended: the caller must stop.
   */
  update(id: string, attempt: number, patch: TrainingRunPatch): Promise<boolean>;
  /** Ends a queued run that could not be enqueued. */
  failQueued(id: string, error: Problem, nowMs: number): Promise<void>;
  snapshotOf(id: string): Promise<string | undefined>;
  /** Trace context of the request that started the run, if that was traced. */
  traceparentOf(id: string): Promise<string | undefined>;
  /** The generation that was active when the first attempt began, as that attempt wrote it. */
  baseGenerationOf(id: string): Promise<number | undefined>;
  /** The newest erasure when the first attempt began to read, as that attempt wrote it. */
  erasedThroughOf(id: string): Promise<number | undefined>;
  /**
   * The oldest of the newest erasures that runs which are running noted before they read; 0 when one has not noted any
   * yet, undefined when none is running. What they have read may have the users of later ones.
   */
  readThrough(): Promise<number | undefined>;
  /** Whether the run still is this attempt's and running: one small read. */
  owns(id: string, attempt: number): Promise<boolean>;
  /**
   * Cancels a run that is queued, or that runs and has not activated its model. `cancelled` also for one that was
   * cancelled before; undefined when there is no such run; `ended` when it came to another end.
   */
  cancel(id: string, nowMs: number): Promise<'cancelled' | 'ended' | undefined>;
  /** Which of these snapshots a run that is not cancelled, other than `exceptRunId`, was trained on. */
  snapshotsInUse(sha256s: readonly string[], exceptRunId?: string): Promise<string[]>;
  /** Forgets the snapshot of a cancelled run. False when the run is not cancelled or has none. */
  dropSnapshot(id: string): Promise<boolean>;
}

export interface ModelStore {
  /** @param erasedThrough erasures up to this one are carried out in it */
  addCandidate(manifest: Manifest, erasedThrough?: number): Promise<void>;
  /** Marks a candidate as one that the gate has rejected; a version that was published is left as it is. */
  reject(version: string): Promise<void>;
  /** The version that a run made and that was rejected. */
  rejectedBy(runId: string): Promise<ModelVersion | undefined>;
  get(version: string): Promise<ModelVersion | undefined>;
  /** Newest first. */
  list(options: { limit: number }): Promise<ModelVersion[]>;
  active(): Promise<ActiveModel | undefined>;
  /**
   * Makes a version the active one if the generation still is `expectedGeneration` (0 = none is active yet);
   * in the same transaction it becomes `archived`, i.e. published, and the activation goes into the history. Returns
   * undefined when the generation moved on. With `run`, the same transaction marks that run's row with the version,
   * and nothing happens unless the row still is this attempt's and running: so a run is either cancelled or activated.
   * @throws SommelierError `model-not-found`; `model-unusable` when the files were deleted or the version was erased;
   *   `run-ended` when the run is not this attempt's any more
   */
  activate(activation: {
    version: string;
    expectedGeneration: number;
    activatedBy: string;
    nowMs: number;
    run?: { id: string; attempt: number };
  }): Promise<ActiveModel | undefined>;
  /** Activations, of one version or of all, newest first. */
  activations(options: { limit: number; version?: string }): Promise<Activation[]>;
  /** @throws SommelierError `model-not-found` */
  setPinned(version: string, pinned: boolean): Promise<void>;
  /** Candidates that a run has left. */
  candidatesOf(runId: string): Promise<ModelVersion[]>;
  /** Versions that a run has made, whatever has become of them. */
  versionsOf(runId: string): Promise<string[]>;
  /** Removes the row of a version that was never published. False when there is none. */
  deleteCandidate(version: string): Promise<boolean>;
  /**
   * Marks a version as one whose files go, unless it is active or pinned: from then on it cannot be activated.
   * False when it was not marked.
   */
  retire(version: string, nowMs: number): Promise<boolean>;
  /** Versions, erased ones aside, in which not all erasures up to this one are carried out, the oldest first. */
  behind(erasure: number): Promise<ModelVersion[]>;
  /** Notes that a version has nobody of the erasures up to this one; where it goes on naming them, with other probes. */
  passErasures(version: string, erasure: number, probes?: Manifest['probes']): Promise<void>;
  /**
   * Puts a version in the place of one that had users who were erased, in one transaction: the same status, pinned if
   * that one was, and active if that one was, whose generation runs that began at the old one may still replace.
   */
  supersede(work: Supersession): Promise<SupersessionOutcome>;
  /** Notes that the files of an erased version are gone. */
  filesErased(version: string, nowMs: number): Promise<void>;
}

/** What each replica serves; an entry ends by itself unless it is renewed. */
export interface ReplicaLeaseStore {
  renew(lease: {
    replicaId: string;
    version: string;
    generation: number;
    expiresAtMs: number;
  }): Promise<void>;
  release(replicaId: string): Promise<void>;
  /** Versions that a replica serves at this time; leases that ended before it are removed. */
  servedVersions(nowMs: number): Promise<string[]>;
}

/** An erased user, by the hash of their id. */
export interface ErasedUser {
  /** Of the erasure; ids ascend in the order of commits. */
  readonly id: number;
  readonly userHash: string;
}

/** What a replica serves: its version, and the erasures that are carried out in it. */
export interface ReplicaModel {
  readonly version: string;
  /** 0 for a version that was erased. */
  readonly erasedThrough: number;
}

export interface ErasureStore {
  /**
   * Deletes a user's events and what the log of changes says of them, and writes down the erasure. All or nothing, with a
   * change of its own. Whoever is stored under the same id afterwards is somebody new.
   */
  erase(userId: string, nowMs: number): Promise<ErasedUser>;
  /** Id of the newest; 0 without one. What is read from the events afterwards has nobody of it or of those before it. */
  newestId(): Promise<number>;
  /** All with a greater id, in its order. */
  after(id: number): Promise<ErasedUser[]>;
  /** Those of which files may be left, in the order of their ids. */
  unfinished(): Promise<ErasedUser[]>;
  get(id: number, nowMs: number): Promise<Erasure | undefined>;
  /** What the replicas serve that have a lease at this time. */
  replicas(nowMs: number): Promise<ReplicaModel[]>;
  /** Notes a file of no model that has users of these erasures. */
  addFile(erasureIds: readonly number[], key: string): Promise<void>;
  filesToDelete(): Promise<{ erasureId: number; key: string }[]>;
  fileDeleted(key: string, nowMs: number): Promise<void>;
  finish(ids: readonly number[], replicasConfirmed: number, nowMs: number): Promise<void>;
  /**
   * On SQLite, takes what was deleted out of the files of the database too: from the log that is written ahead. False when
   * readers were in the way. Elsewhere the server does it in its own time.
   */
  wipeFreedPages(): Promise<boolean>;
}

export interface ScheduleStore {
  /** Writes a schedule, new or in place of the one with this name. */
  put(name: string, request: ScheduleRequest, nowMs: number): Promise<Schedule>;
  get(name: string): Promise<Schedule | undefined>;
  /** By name. */
  list(): Promise<Schedule[]>;
  delete(name: string): Promise<boolean>;
  /** Writes down what the last tick did. */
  ticked(name: string, tick: { atMs: number; runId: string | null; error: Problem | null }): Promise<void>;
}

/** Whether runs are taken from the queue, kept where a Redis that lost its data cannot forget it. */
export interface QueueStateStore {
  isPaused(): Promise<boolean>;
  setPaused(paused: boolean, nowMs: number): Promise<void>;
}

/** A key with the hash of its token, 64 hexadecimal digits. */
export interface StoredApiKey extends ApiKey {
  readonly hash: string;
}

export interface ApiKeyStore {
  /** @throws SommelierError `invalid-request` when there are too many keys already. */
  add(key: StoredApiKey): Promise<void>;
  /** All keys, revoked ones too, newest first. */
  list(): Promise<StoredApiKey[]>;
  /** Ends a key for good; one that has ended keeps its time. Returns it, or undefined when there is none. */
  revoke(id: string, nowMs: number): Promise<ApiKey | undefined>;
  /** Notes that a key was used; never moves the time back. */
  noteUse(id: string, atMs: number): Promise<void>;
}

/** All that the product keeps in SQL, behind one face for both databases. */
export interface Database {
  readonly provider: DatabaseProvider;
  readonly events: EventStore;
  readonly items: ItemStore;
  readonly changes: ChangeStore;
  readonly trainingRuns: TrainingRunStore;
  readonly models: ModelStore;
  readonly replicaLeases: ReplicaLeaseStore;
  readonly erasures: ErasureStore;
  readonly schedules: ScheduleStore;
  readonly queueState: QueueStateStore;
  readonly apiKeys: ApiKeyStore;
  /** Rejects with `database-unavailable` when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
