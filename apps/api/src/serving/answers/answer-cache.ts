import type { Strategy } from '@sommelier/contracts';
import { LRUCache } from 'lru-cache';
import type { SeenFrom } from './recommendations.ts';

/** What an answer came from; it holds for as long as this is what it would come from again. */
export interface AnswerBasis {
  readonly userId: string;
  readonly generation: number;
  /** The user's history, by identity. */
  readonly history: object;
  /** Revision of the catalogue; undefined for an answer that does not depend on it. */
  readonly catalogue: number | undefined;
}

/** An answer as it went out. */
export interface CachedAnswer {
  readonly basis: AnswerBasis;
  readonly seenFrom: SeenFrom;
  readonly strategy: Strategy;
  readonly body: Buffer;
}

/** What is true now. */
export interface AnswerCacheParts {
  readonly generation: () => number | null;
  /** The user's history if it is known without asking anybody. */
  readonly history: (userId: string) => object | undefined;
  readonly catalogue: () => number;
}

const MAX_BYTES = 64 * 2 ** 20;
/** What an entry takes beside its body, about. */
const ENTRY_BYTES = 1_000;
/** An answer changes a little with time where events lie in the future. */
const MAX_AGE_MS = 60_000;

/**
 * Answers by the address that asked for them. An answer is given again only while the model, what the user did and, where
 * it depends on them, the items are those that it came from: whatever changes any of them makes it unreachable at once.
 */
export class AnswerCache {
  readonly #parts: AnswerCacheParts;
  readonly #answers = new LRUCache<string, CachedAnswer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ body }, url) => body.length + url.length + ENTRY_BYTES,
    ttl: MAX_AGE_MS,
  });

  constructor(parts: AnswerCacheParts) {
    this.#parts = parts;
  }

  find(url: string): CachedAnswer | undefined {
    const answer = this.#answers.get(url);
    if (answer === undefined || this.#holds(answer.basis)) return answer;
    this.#answers.delete(url);
    return undefined;
  }

  keep(url: string, answer: CachedAnswer): void {
    this.#answers.set(url, answer);
  }

  #holds({ userId, generation, history, catalogue }: AnswerBasis): boolean {
    return (
      generation === this.#parts.generation() &&
      history === this.#parts.history(userId) &&
      (catalogue === undefined || catalogue === this.#parts.catalogue())
    );
  }
}
