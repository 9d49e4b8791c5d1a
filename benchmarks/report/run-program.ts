import { isSommelierError } from '@sommelier/contracts';
import { ExpectedError } from './expected-error.ts';
import { UsageError } from './usage-error.ts';

export interface Program<T> {
  readonly usage: string;
  /** Reads the command line. @throws UsageError */
  readonly parse: (args: readonly string[]) => T | 'help';
  /** Returns the process's exit code. */
  readonly run: (options: T) => Promise<number>;
}

/**
 * Runs a benchmark and gives its exit code: 2 with the usage for a command line that cannot be run, 1 for whatever else
 * fails, with a stack only where the message does not explain itself.
 */
export async function runProgram<T>(program: Program<T>, args: readonly string[]): Promise<number> {
  const { usage, parse, run } = program;
  try {
    const options = parse(args);
    if (options !== 'help') return await run(options);
    console.log(usage);
    return 0;
  } catch (error) {
    const known = error instanceof ExpectedError || isSommelierError(error);
    console.error(known ? error.message : error);
    if (!(error instanceof UsageError)) return 1;
    console.error(`\n${usage}`);
    return 2;
  }
}
