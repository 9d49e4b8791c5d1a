// Runs one command and makes sure that it ends with whoever asked for it, however that one ends (also by SIGKILL):
//   node scripts/guard.mjs [--remove FOLDER] [--grace MS] -- COMMAND [ARGS...]
// The caller keeps this process's standard input open; when it closes, the command gets SIGTERM, SIGKILL after the
// grace period, and the folder is removed. Signals from the keyboard do not reach the command: start this detached.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const DEFAULT_GRACE_MS = 10_000;

function parse(argv) {
  const options = { remove: [], graceMs: DEFAULT_GRACE_MS };
  let index = 0;
  for (; index < argv.length && argv[index] !== '--'; index += 2) {
    const value = argv[index + 1];
    if (argv[index] === '--remove' && value !== undefined) options.remove.push(value);
    else if (argv[index] === '--grace' && Number(value) >= 0) options.graceMs = Number(value);
    else throw new Error(`guard.mjs: unknown option ${argv[index]}`);
  }
  const [command, ...args] = argv.slice(index + 1);
  if (command === undefined) throw new Error('guard.mjs: a command is missing after "--"');
  return { ...options, command, args };
}

const { command, args, remove, graceMs } = parse(process.argv.slice(2));
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
}

function finish(code) {
  for (const folder of remove) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

child.on('error', (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  finish(127);
});
child.on('exit', (code, signal) => finish(code ?? (stopping && signal === 'SIGTERM' ? 0 : 1)));
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
process.on('SIGTERM', stop);
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
