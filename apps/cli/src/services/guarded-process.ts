import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Runs a command that ends when our end of its pipe closes, however this process ends. */
const GUARD = fileURLToPath(new URL('../../../../scripts/guard.mjs', import.meta.url));

export interface GuardedProcess {
  readonly name: string;
  readonly logPath: string;
  /** Whether it has not ended yet. */
  running(): boolean;
  /** The last lines of its log. */
  tail(lines: number): string;
  /** Asks it to end, cuts it off after the grace period, and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface GuardedCommand {
  /** For messages: `worker`, `api 1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly logPath: string;
  readonly graceMs?: number;
}

const DEFAULT_GRACE_MS = 12_000;

/**
 * Starts a process that never outlives this one, not even when this one is killed, and that the keyboard's Ctrl-C does
 * not reach: this process decides when it ends.
 */
export function startGuarded(options: GuardedCommand): GuardedProcess {
  const { name, logPath, cwd, command, args } = options;
  const log = openSync(logPath, 'a');
  const grace = String(options.graceMs ?? DEFAULT_GRACE_MS);
  const child = spawn(process.execPath, [GUARD, '--grace', grace, '--', command, ...args], {
    cwd,
    env: { ...options.env },
    detached: true,
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  // Writing to a process that has just ended is no error of ours; that it ended is seen by `running`.
  child.stdin?.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    logPath,
    running,
    tail: (lines) => readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}
