import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { plainEnvironment } from '../train/child-process.ts';
import { REPOSITORY } from './repository.ts';

const GUARD = join(REPOSITORY, 'scripts', 'guard.mjs');
const LINES_KEPT = 40;

/** A process that ends with this one, however this one ends. */
export interface ChildProcess {
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  /** The last lines that it wrote. */
  tail(): string;
  /** Asks it to end, and resolves when it has. */
  stop(): Promise<void>;
}

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It sees nothing of our environment but what every program needs. */
  readonly plain?: boolean;
  readonly cwd?: string;
  /** Gets what it writes, line by line. */
  readonly onLine?: (line: string) => void;
  /** Removed when the process has ended, also when this one was killed. */
  readonly remove?: string;
}

/** Starts a command under the repository's guard. */
export function startChild(order: ChildCommand): ChildProcess {
  const { command, args, env, plain = false, cwd, onLine, remove } = order;
  const removal = remove === undefined ? [] : ['--remove', remove];
  const child = spawn(process.execPath, [GUARD, ...removal, '--', command, ...args], {
    env: { ...(plain ? plainEnvironment(process.env) : process.env), ...env },
    ...(cwd !== undefined && { cwd }),
    // Out of reach of the keyboard's Ctrl-C: it ends when we do, in our order.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (lines.push(line) > LINES_KEPT) lines.shift();
      onLine?.(line);
    });
  }
  child.stdin.on('error', () => {});
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(-1));
    // `close` and not `exit`: by then every line has been read.
    child.once('close', (code) => resolve(code ?? -1));
  });
  return {
    ended,
    tail: () => lines.join('\n'),
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Runs a Node.js program to its end.
 * @throws Error with its last lines when it fails
 */
export async function runNode(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = startChild({ command: process.execPath, args, env });
  const code = await child.ended;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}:\n${child.tail()}`);
}

/** A folder that is removed when `stop` is called or this process ends, also by SIGKILL. */
export function removeWhenDone(folder: string): Pick<ChildProcess, 'stop'> {
  return startChild({
    command: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1e9)'],
    remove: folder,
  });
}
