import { spawn } from 'node:child_process';
import { ExpectedError } from '../report/expected-error.ts';

/** Characters of a failed program's complaints that its error repeats. */
const COMPLAINT = 2_000;

/** A program that failed, or printed no result: the message says which, and what it complained about. */
export class ChildError extends ExpectedError {
  override readonly name = 'ChildError';
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** What other programs see of our environment: nothing that tunes their libraries, so each has its own defaults. */
export function plainEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * Runs a program to its end and returns what it wrote to its standard output.
 * @throws ChildError
 */
export async function runChild(
  command: string,
  args: readonly string[],
  { env, timeoutMs }: ChildOptions,
): Promise<string> {
  const child = spawn(command, args, {
    env: env ?? plainEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => child.kill('SIGKILL');
  const timeout = setTimeout(stop, timeoutMs);
  process.once('exit', stop);
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-COMPLAINT);
  });
  try {
    const how = await new Promise<string>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    if (how === 'exit code 0') return output;
    throw new ChildError(`${command} ${args[0] ?? ''}: ${how}\n${complaints.trim()}`);
  } catch (error) {
    if (error instanceof ChildError) throw error;
    throw new ChildError(`${command}: ${error instanceof Error ? error.message : error}`);
  } finally {
    clearTimeout(timeout);
    process.off('exit', stop);
  }
}

/** The JSON on the last line of what a program printed. @throws ChildError */
export function lastJsonLine(output: string): unknown {
  const line = output.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    throw new ChildError(`No JSON on the last line: "${line.slice(0, 200)}"`);
  }
}
