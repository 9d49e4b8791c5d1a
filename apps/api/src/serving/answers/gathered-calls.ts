/** Asks about several keys at once; what it does not know is absent. Never rejects. */
export type CallForMany<T> = (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>;

interface Waiting<T> {
  readonly key: string;
  readonly answer: (value: T | undefined) => void;
}

/**
 * Makes few calls of many single questions: those of one turn of the event loop go together, and so do those that come
 * while as many calls are under way as may be. A call serves the more questions the more there are.
 */
export class GatheredCalls<T> {
  readonly #call: CallForMany<T>;
  readonly #limits: { readonly calls: number; readonly keys: number };
  #waiting: Waiting<T>[] = [];
  #underWay = 0;
  #isPlanned = false;

  /** @param limits calls under way at once, and keys of a call */
  constructor(call: CallForMany<T>, limits: { readonly calls: number; readonly keys: number }) {
    this.#call = call;
    this.#limits = limits;
  }

  ask(key: string): Promise<T | undefined> {
    return new Promise((answer) => {
      this.#waiting.push({ key, answer });
      this.#plan();
    });
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.length === 0 || this.#underWay >= this.#limits.calls) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      void this.#begin();
    });
  }

  async #begin(): Promise<void> {
    const questions = this.#waiting.splice(0, this.#limits.keys);
    this.#underWay++;
    const call = this.#call([...new Set(questions.map(({ key }) => key))]);
    this.#plan();
    const found = await call;
    this.#underWay--;
    for (const { key, answer } of questions) answer(found.get(key));
    this.#plan();
  }
}
