import { decodeModelFile, itemsOfUser } from '@sommelier/ncf';
import { type ArtifactStore, modelKey } from '@sommelier/platform';
import { bruteForceLogits, firstEligible, fullRanking } from '../exact/brute-force.ts';
import type { SeenAnswer } from './load.ts';
import { READERS, userIdOf } from './shop.ts';

const TOP = 10;

/** The right answers of model versions, by a float64 brute force over the whole catalogue. */
export class ExpectedAnswers {
  readonly #artifacts: ArtifactStore;
  readonly #byVersion = new Map<string, ReadonlyMap<string, string>>();

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** Reads a version's file while it is known to be whole; once is enough. */
  async learn(version: string): Promise<void> {
    if (this.#byVersion.has(version)) return;
    const model = decodeModelFile(await this.#artifacts.get(modelKey(version)));
    const answers = new Map<string, string>();
    for (let reader = 0; reader < READERS; reader++) {
      const userId = userIdOf(reader);
      const user = model.userIds.indexOf(userId);
      if (user < 0) continue;
      const seen = new Set(itemsOfUser(model.history, user));
      const ranking = fullRanking(bruteForceLogits(model.parameters, user));
      const top = firstEligible(ranking, TOP, (item) => !seen.has(item));
      answers.set(userId, top.map((item) => model.itemIds.idAt(item)).join(','));
    }
    this.#byVersion.set(version, answers);
  }

  /** Answers that are not those of the version that they name. */
  wrongAmong(answers: readonly SeenAnswer[]): string[] {
    return answers.flatMap(({ version, userId, items }) => {
      const expected = this.#byVersion.get(version)?.get(userId);
      if (expected === items) return [];
      return [`${userId} of ${version}: ${items} instead of ${expected ?? 'nothing (no such version)'}`];
    });
  }
}
