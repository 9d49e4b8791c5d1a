/** What has to be undone at the end, whatever happens: last in, first out, each once. */
export class CleanUp {
  readonly #actions: (() => Promise<void>)[] = [];
  readonly #onError: (error: unknown) => void;

  /** `onError`: an action that fails does not keep the others from running. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(action: () => Promise<void>): void {
    this.#actions.push(action);
  }

  async run(): Promise<void> {
    for (let action = this.#actions.pop(); action !== undefined; action = this.#actions.pop()) {
      try {
        await action();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
