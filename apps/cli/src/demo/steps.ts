import pc from 'picocolors';
import { formatSeconds } from '../terminal/format.ts';
import { LiveLine, type Output } from './live-line.ts';

const TITLE_WIDTH = 13;
const NOTE_WIDTH = 66;

/** What a step may say while it runs. */
export type Report = (text: string) => void;

/** The steps of the demo: runs one after the other, writes a line for each when it is done, and keeps its time. */
export class Steps {
  /** Seconds of each finished step, in the order in which they ended. */
  readonly timings: Record<string, number> = {};
  readonly #output: Output;
  readonly #live: LiveLine;
  readonly #nowMs: () => number;

  constructor(output: Output, nowMs: () => number) {
    this.#output = output;
    this.#nowMs = nowMs;
    this.#live = new LiveLine(output, nowMs);
  }

  /** Runs a step; its line tells what `note` says of the result. */
  async run<T>(
    step: { key: string; title: string; note?: (result: T) => string },
    action: (report: Report) => Promise<T>,
  ): Promise<T> {
    const startMs = this.#nowMs();
    const title = step.title.padEnd(TITLE_WIDTH);
    const show = (text: string): void => this.#live.update(`  ${title} ${text}`);
    if (this.#output.isTTY === true) show('...');
    try {
      const result = await action(show);
      const seconds = (this.#nowMs() - startMs) / 1_000;
      this.timings[step.key] = seconds;
      this.#live.clear();
      const note = (step.note?.(result) ?? '').padEnd(NOTE_WIDTH);
      this.#output.write(`  ${pc.bold(title)} ${note} ${pc.dim(formatSeconds(seconds).padStart(8))}\n`);
      return result;
    } catch (error) {
      this.#live.clear();
      throw error;
    }
  }
}
