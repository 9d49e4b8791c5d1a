import { createRedaction, type Redact } from '@sommelier/platform';
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
  const redact = createRedaction(process.env);
  setUp(program, redact);
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own errors already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    const withStack = process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace';
    process.stderr.write(`${redact(describeError(error, { withStack }))}\n`);
    return EXIT_FAILURE;
  }
}

/**
 * Lets a command throw instead of ending the process, and keeps secrets out of what commander itself writes: its errors
 * repeat the arguments. `addCommand` hands none of the parent's settings on, so every command is set up by itself.
 */
function setUp(command: Command, redact: Redact): void {
  command.exitOverride().showHelpAfterError('(add --help for more)');
  command.configureOutput({ writeErr: (text) => process.stderr.write(redact(text)) });
  for (const child of command.commands) setUp(child, redact);
}
