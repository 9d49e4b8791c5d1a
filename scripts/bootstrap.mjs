// One entry for a fresh clone: installs packages, builds, and runs what was asked for. Plain JavaScript without
// dependencies, since nothing is installed yet when it starts.
//   node scripts/bootstrap.mjs setup | demo | test | test:gpu | bench:NAME [ARGUMENTS...]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installServices } from './services.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = [20, 19];
const STAMP = join(ROOT, 'node_modules', '.sommelier-installed');
const LOG_FOLDER = join(ROOT, '.sommelier', 'logs');
const HEARTBEAT_MS = 10_000;
const LOG_TAIL_LINES = 60;
const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];

/** An error that is explained by its message alone. */
class Stop extends Error {}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST_NODE;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new Stop(
    `Node.js ${oldMajor}.${oldMinor} or newer is needed, and this is ${process.version} (${process.execPath}).\n` +
      'Install a current version from https://nodejs.org or with your version manager, then run the command again.',
  );
}

/** Runs a command with its output in a log file, which is shown when it fails; says now and then that it goes on. */
async function runLogged(what, command, args, env = {}) {
  mkdirSync(LOG_FOLDER, { recursive: true });
  const path = join(LOG_FOLDER, `${what.replaceAll(' ', '-')}.log`);
  const log = openSync(path, 'w');
  const start = Date.now();
  const seconds = () => Math.round((Date.now() - start) / 1000);
  const heartbeat = setInterval(() => console.log(`  still ${what} (${seconds()} s)`), HEARTBEAT_MS);
  console.log(`${what[0].toUpperCase()}${what.slice(1)} ...`);
  try {
    const code = await run(command, args, { stdio: ['ignore', log, log], env });
    if (code === 0) {
      console.log(`  done in ${seconds()} s`);
      return;
    }
    const tail = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES);
    throw new Stop(`${tail.join('\n')}\n\nThat failed: ${what} (exit code ${code}). The whole log: ${path}`);
  } finally {
    clearInterval(heartbeat);
    closeSync(log);
  }
}

/**
 * Runs a command in the repository and resolves with its exit code. Ctrl-C reaches the command by itself, since it
 * shares our terminal; we wait until it has cleaned up.
 */
function run(command, args, { stdio = 'inherit', env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio, env: { ...process.env, ...env } });
    const wait = () => {};
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', wait).on('SIGTERM', forward).on('SIGHUP', forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', wait).off('SIGTERM', forward).off('SIGHUP', forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** npm of this Node: the one that runs us, or the one on the PATH. */
function npm(args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('npm-cli.js')) return [process.execPath, [script, ...args]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', args];
}

/** Changes with everything that an installation depends on. */
function installationKey() {
  const hash = createHash('sha256');
  hash.update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  hash.update(readFileSync(join(ROOT, 'package-lock.json')));
  const folders = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(ROOT, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(parent, entry.name)),
  );
  for (const folder of ['.', ...folders.sort()]) {
    const path = join(ROOT, folder, 'package.json');
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

async function install() {
  const key = installationKey();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === key) return;
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  await runLogged('installing packages', ...npm(['install', '--no-audit', '--no-fund']));
  if (readFileSync(join(ROOT, 'package-lock.json'), 'utf8') !== lock) {
    console.log('  note: the installation changed package-lock.json; see "git diff package-lock.json"');
  }
  writeFileSync(STAMP, installationKey());
}

async function build() {
  await runLogged(
    'building',
    process.execPath,
    ['node_modules/turbo/bin/turbo', 'run', 'build', '--output-logs=errors-only', '--no-color'],
    { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  );
}

/** Unit tests side by side; then, one file after the other, what has servers and processes of its own. */
const TESTS = [
  { projects: ['unit'], workers: availableParallelism() },
  { projects: ['integration', 'e2e'], workers: 1 },
];

/** Runs jest for each part, then says in one last line how many tests passed and failed in all. */
async function test(args, parts) {
  const folder = mkdtempSync(join(tmpdir(), 'sommelier-test-'));
  try {
    const sums = { passed: 0, failed: 0, skipped: 0 };
    let code = 0;
    for (const [index, part] of parts.entries()) {
      const report = join(folder, `report-${index}.json`);
      const ended = await jest(part, report, args);
      code ||= ended;
      for (const [name, count] of Object.entries(countsOf(report, ended))) sums[name] += count;
    }
    // A path that leads to no test would look like a success.
    if (sums.passed + sums.failed === 0) sums.failed = 1;
    const { passed, failed, skipped } = sums;
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    return code === 0 && failed > 0 ? 1 : code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function jest({ projects, workers }, report, args) {
  const some = args.length > 0 ? ['--passWithNoTests'] : [];
  return run(
    process.execPath,
    [
      ...JEST,
      ...args,
      ...['--selectProjects', ...projects, `--maxWorkers=${workers}`, ...some],
      ...['--json', `--outputFile=${report}`],
    ],
    // Jest writes the report to its standard output as well when there is no file; people read standard error.
    { stdio: ['inherit', 'ignore', 'inherit'] },
  );
}

function countsOf(report, code) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(report, 'utf8'));
  // A file that could not be loaded has no tests to count; a run that fails otherwise must not look like a success.
  const counted = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: code === 0 ? counted : Math.max(counted, 1),
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Runs one of our own programs, which notices when we are gone. */
function program(path, args) {
  if (!existsSync(join(ROOT, path))) throw new Stop(`There is no ${path}: nothing of that name was built.`);
  return run(process.execPath, [path, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
}

const USAGE = 'usage: node scripts/bootstrap.mjs setup | demo | test | test:gpu | bench:NAME [ARGUMENTS...]';

async function main([command = '', ...args]) {
  const benchmark = /^bench:([a-z][a-z0-9-]*)$/.exec(command)?.[1];
  if (benchmark === undefined && !['setup', 'demo', 'test', 'test:gpu'].includes(command))
    throw new Stop(USAGE);
  checkNode();
  await install();
  await build();
  if (benchmark !== undefined) return program(`benchmarks/dist/${benchmark}/main.js`, args);
  if (command === 'demo') return program('apps/cli/dist/main.js', ['demo', ...args]);
  if (command === 'test:gpu') return test(args, [{ projects: ['gpu'], workers: 1 }]);
  if (command === 'test') {
    await installServices();
    return test(args, TESTS);
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof Stop) console.error(error.message);
  else console.error(error);
  process.exitCode = 1;
}
