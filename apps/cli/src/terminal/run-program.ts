import { createRedaction } from '@sommelier/platform';
import { type Command, CommanderError } from 'commander';
import { describeError } from './describe-error.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/**
 * Runs a commander program and returns the exit code: 0 or what the command has set, 1 when it failed, 2 when it was
 * called wrongly.
 * Errors go to standard error; the stack only with LOG_LEVEL=debug or trace.
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  throwInsteadOfExit(program);
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own errors already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    const withStack = process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace';
    const redact = createRedaction(process.env);
    process.stderr.write(`${redact(describeError(error, { withStack }))}\n`);
    return EXIT_FAILURE;
  }
}

/** `addCommand` hands none of the parent's settings on, so every command is set up by itself. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride().showHelpAfterError('(add --help for more)');
  for (const child of command.commands) throwInsteadOfExit(child);
}
