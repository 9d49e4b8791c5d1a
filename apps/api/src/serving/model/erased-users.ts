import { type ErasedUser, type Logger, userHash } from '@sommelier/platform';
import type { ScoreRequest, ScoreResult } from '../scoring/scoring-protocol.ts';

const RETRY_MS = 250;

export interface ErasedUsersParts {
  /** Reads the erasures with a greater id. Throws `database-unavailable` while the database cannot be reached. */
  readonly readAfter: (id: number) => Promise<readonly ErasedUser[]>;
  readonly logger: Logger;
}

/**
 * Whom a model that was trained earlier must not know any more: users who were erased, by the hashes of their ids. Each
 * erasure counts for the models in which it is not carried out, so that somebody who comes back under the same id is
 * known to a model that was trained on what they did since.
 */
export class ErasedUsers {
  readonly #parts: ErasedUsersParts;
  /** Newest erasure of each hash. */
  readonly #newestOf = new Map<string, number>();
  #newest = 0;
  /** The erasures after this one are those that the models which are held need. */
  #from = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: ErasedUsersParts) {
    this.#parts = parts;
  }

  add(erased: readonly ErasedUser[]): void {
    for (const { id, userHash: hash } of erased) {
      this.#newestOf.set(hash, Math.max(id, this.#newestOf.get(hash) ?? 0));
      this.#newest = Math.max(this.#newest, id);
    }
  }

  /** Whether a model, in which the erasures up to one are carried out, must not know a user. */
  has(userId: string, carriedOutThrough: number): boolean {
    // Nearly always nothing was erased since: then nothing is hashed either.
    if (this.#newest <= carriedOutThrough) return false;
    return (this.#newestOf.get(userHash(userId)) ?? 0) > carriedOutThrough;
  }

  /** Reads all that a model needs which is about to be served. @throws SommelierError `database-unavailable` */
  async readFor(carriedOutThrough: number): Promise<void> {
    this.add(await this.#parts.readAfter(carriedOutThrough));
    this.#from = Math.min(this.#from, carriedOutThrough);
  }

  /** Reads again all that the models need, as often as it takes, and then calls `done`. */
  refresh(done: () => void): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#from === Number.POSITIVE_INFINITY) return;
    this.#parts.readAfter(this.#from).then(
      (erased) => {
        this.add(erased);
        done();
      },
      (error: unknown) => {
        if (this.#stopped) return;
        this.#parts.logger.debug({ err: error }, 'erased users cannot be read; trying again until they can');
        this.#timer = setTimeout(() => this.refresh(done), RETRY_MS);
      },
    );
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}

/** A model's way to answer, for which an erased user is somebody without a name, of whom new events say all. */
export function withoutErased(
  score: (request: ScoreRequest) => Promise<ScoreResult>,
  erased: Pick<ErasedUsers, 'has'>,
  carriedOutThrough: number,
): (request: ScoreRequest) => Promise<ScoreResult> {
  return (request) => {
    const isErased =
      request.kind === undefined &&
      request.userId !== undefined &&
      erased.has(request.userId, carriedOutThrough);
    return score(isErased ? { ...request, userId: undefined } : request);
  };
}
