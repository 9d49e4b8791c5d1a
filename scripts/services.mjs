// The services that the tests need: which are there, how to install the rest, how to start them on a free port of
// the loopback interface with a temporary folder. Plain JavaScript, so that it runs before anything is built.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} RunningService
 * @property {string} url
 * @property {number} port
 * @property {string} folder
 * @property {() => Promise<void>} stop Stops the server (SIGTERM) and resolves when it has ended.
 * @property {() => Promise<void>} kill Ends the server by SIGKILL, as a crash would, and resolves when it has ended.
 */

const GUARD = fileURLToPath(new URL('./guard.mjs', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const PORT_ATTEMPTS = 3;
const MYSQL_PASSWORD = 'sommelier';
/** Where Debian keeps servers that an ordinary user's PATH leaves out. */
const EXTRA_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/sbin'];

/**
 * Path of the first of these programs that exists and may be run, or undefined.
 * @param {readonly string[]} names
 * @returns {string | undefined}
 */
export function findProgram(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...EXTRA_FOLDERS].filter((f) => f !== '');
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

export const findRedisServer = () => findProgram(['redis-server', 'valkey-server']);
export const findMysqlServer = () => findProgram(['mariadbd', 'mysqld']);
export const findChromium = () =>
  process.env.TEST_CHROMIUM ?? findProgram(['chromium', 'chromium-browser', 'google-chrome']);
export const findPython = () => process.env.TEST_PYTHON ?? findProgram(['python3']);

function hasVulkanLoader() {
  const cache = spawnSync(findProgram(['ldconfig']) ?? 'ldconfig', ['-p'], { encoding: 'utf8' });
  return cache.stdout?.includes('libvulkan.so.1') ?? false;
}

/** What the tests need, whether it is there, and Debian's name for it. */
const NEEDS = [
  {
    what: 'a Redis server (redis-server or valkey-server, or TEST_REDIS_URL and TEST_REDIS_BINARY)',
    debian: 'redis-server',
    found: () => findRedisServer() !== undefined,
  },
  {
    what: 'a MariaDB or MySQL server (mariadbd or mysqld, or TEST_MYSQL_URL)',
    debian: 'mariadb-server',
    found: () => process.env.TEST_MYSQL_URL !== undefined || findMysqlServer() !== undefined,
  },
  {
    what: 'Chromium (chromium or google-chrome, or TEST_CHROMIUM)',
    debian: 'chromium',
    found: () => findChromium() !== undefined,
  },
  {
    what: 'the Vulkan loader (libvulkan.so.1), for WebGPU on a software adapter',
    debian: 'libvulkan1',
    found: () => process.platform !== 'linux' || hasVulkanLoader(),
  },
  {
    what: 'Python 3 (python3, or TEST_PYTHON)',
    debian: 'python3',
    found: () => findPython() !== undefined,
  },
];

/** What is missing of what the tests need. */
export function missingServices() {
  return NEEDS.filter((need) => !need.found()).map(({ what, debian }) => ({ what, debian }));
}

/** Runs a command with its output shown; resolves with its exit code. */
function runVisibly(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const POLICY = '/usr/sbin/policy-rc.d';

/** Keeps packages that are being installed from starting their services, where nobody else has set a policy. */
async function withoutAutostart(action) {
  const ours = !existsSync(POLICY);
  const remove = () => rmSync(POLICY, { force: true });
  const onSignal = () => {
    remove();
    process.exit(130);
  };
  if (ours) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, onSignal);
  }
  try {
    return await action();
  } finally {
    if (ours) {
      remove();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeListener(signal, onSignal);
    }
  }
}

/**
 * Installs what is missing on Debian and Ubuntu when run as root.
 * @throws Error that names what is missing and how to install it, where that is left to the user.
 * @param {(line: string) => void} [log]
 */
export async function installServices(log = console.log) {
  const missing = missingServices();
  if (missing.length === 0) return;
  const packages = missing.map(({ debian }) => debian);
  const apt = findProgram(['apt-get']);
  if (apt === undefined || process.getuid?.() !== 0) {
    const how =
      apt === undefined
        ? 'Install them with the package manager of this system'
        : `Install them with: sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
    throw new Error(
      `The tests run against real services, and this machine lacks:\n${missing
        .map(({ what }) => `  - ${what}`)
        .join('\n')}\n${how}, then run the tests again.`,
    );
  }
  log(`Installing what the tests need: ${packages.join(', ')}`);
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  await withoutAutostart(async () => {
    await runVisibly(apt, ['-qq', 'update'], quiet);
    const code = await runVisibly(
      apt,
      ['-qq', '-o', 'Dpkg::Use-Pty=0', 'install', '-y', '--no-install-recommends', ...packages],
      quiet,
    );
    if (code !== 0) throw new Error(`apt-get install ${packages.join(' ')} ended with exit code ${code}.`);
  });
  const still = missingServices();
  if (still.length > 0)
    throw new Error(`Still missing after the installation: ${still.map((n) => n.what).join('; ')}`);
}

/**
 * Ports of the loopback interface that nothing listens on at the moment, all different.
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** @returns {Promise<number>} */
export async function freePort() {
  const [port] = await freePorts(1);
  return port;
}

/** What a server at this port says within a second, after `greeting` was sent to it; '' if nothing. */
function ask(port, greeting) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(''));
    socket.on('error', () => done(''));
    socket.on('end', () => done(''));
    socket.on('data', (data) => done(data.toString('latin1')));
    if (greeting !== '') socket.write(greeting);
  });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Starts a command that ends with this process, at the latest, and removes its folder then. It writes its process id to
 * `pidFile`.
 */
function startGuarded(command, args, folder, pidFile) {
  const child = spawn(process.execPath, [GUARD, '--remove', folder, '--', command, ...args], {
    detached: true, // out of reach of the keyboard's Ctrl-C: the guard ends when we do
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(-8_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.stdin.on('error', () => {});
  const ended = new Promise((resolve) => child.on('exit', resolve));
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref?.();
  return {
    running: () => child.exitCode === null && child.signalCode === null,
    output: () => output,
    stop: async () => {
      child.ref();
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      child.ref();
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
      await ended;
    },
  };
}

async function untilReady(name, server, isReady) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (server.running() && Date.now() < deadline) {
    if (await isReady()) return;
    await sleep(POLL_MS);
  }
  const why = server.running() ? `did not answer within ${START_TIMEOUT_MS / 1000} s` : 'ended at once';
  await server.stop();
  throw new Error(`${name} ${why}. Its last output:\n${server.output()}`);
}

/** Another process may take a free port before the server does: then the next one is tried. */
async function onFreePort(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

/**
 * Starts a Redis of its own: append-only file, no eviction, a temporary folder that is removed at the end.
 * `folder` and `port` let a caller start it again on the same data: then the folder is the caller's to remove.
 * @param {{ folder?: string, port?: number }} [options]
 * @returns {Promise<RunningService>}
 */
export async function startRedis({ folder, port } = {}) {
  const binary = process.env.TEST_REDIS_BINARY ?? findRedisServer();
  if (binary === undefined) throw new Error('redis-server was not found.');
  const start = async (chosenPort) => {
    const scratch = mkdtempSync(join(tmpdir(), 'sommelier-redis-'));
    const data = folder ?? scratch;
    const pidFile = join(scratch, 'server.pid');
    const settings = {
      port: chosenPort,
      bind: '127.0.0.1',
      dir: data,
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
      save: '',
      pidfile: pidFile,
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    const server = startGuarded(binary, args, scratch, pidFile);
    await untilReady('Redis', server, async () => (await ask(chosenPort, 'PING\r\n')).startsWith('+PONG'));
    const { stop, kill } = server;
    return { url: `redis://127.0.0.1:${chosenPort}`, port: chosenPort, folder: data, stop, kill };
  };
  return port === undefined ? onFreePort(start) : start(port);
}

/** Creates an empty data folder; the two families of servers do it differently. */
function initialiseMysql(binary, data, user) {
  const isMariaDb = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout?.includes('MariaDB');
  const installer = findProgram(['mariadb-install-db', 'mysql_install_db']);
  const made = isMariaDb
    ? spawnSync(
        installer ?? 'mariadb-install-db',
        [
          '--no-defaults',
          `--datadir=${data}`,
          '--auth-root-authentication-method=normal',
          '--skip-test-db',
          ...user,
        ],
        { encoding: 'utf8' },
      )
    : spawnSync(binary, ['--no-defaults', '--initialize-insecure', `--datadir=${data}`, ...user], {
        encoding: 'utf8',
      });
  if (made.status === 0) return;
  throw new Error(`The database's folder could not be made: ${made.error?.message ?? made.stderr}`);
}

/** Makes a data folder, and what the server runs when it starts: root's password. @returns the path of the latter */
function prepareMysql(binary, folder, user) {
  const data = join(folder, 'data');
  if (!existsSync(data)) {
    mkdirSync(data);
    try {
      initialiseMysql(binary, data, user);
    } catch (error) {
      rmSync(data, { recursive: true, force: true });
      throw error;
    }
  }
  const statements = [
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${MYSQL_PASSWORD}';`,
    `CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';`,
    `ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '${MYSQL_PASSWORD}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
  ];
  const initFile = join(folder, 'init.sql');
  writeFileSync(initFile, `${statements.join('\n')}\n`);
  return initFile;
}

/**
 * Starts a MariaDB or MySQL server of its own; the address is that of the server, for its administrator.
 * `folder` and `port` let a caller start it again on the same data: then the folder is the caller's to remove.
 * @param {{ folder?: string, port?: number }} [options]
 * @returns {Promise<RunningService>}
 */
export async function startMysql({ folder, port } = {}) {
  const binary = findMysqlServer();
  if (binary === undefined) throw new Error('Neither mariadbd nor mysqld was found.');
  const start = async (chosenPort) => {
    const scratch = mkdtempSync(join(tmpdir(), 'sommelier-mysql-'));
    const place = folder ?? scratch;
    const user = process.getuid?.() === 0 ? ['--user=root'] : [];
    let initFile;
    try {
      initFile = prepareMysql(binary, place, user);
    } catch (error) {
      rmSync(scratch, { recursive: true, force: true });
      throw error;
    }
    const pidFile = join(scratch, 'server.pid');
    const server = startGuarded(
      binary,
      [
        '--no-defaults',
        ...user,
        `--datadir=${join(place, 'data')}`,
        `--socket=${join(scratch, 'server.sock')}`,
        `--pid-file=${pidFile}`,
        `--port=${chosenPort}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--character-set-server=utf8mb4',
        '--innodb-buffer-pool-size=256M',
        `--init-file=${initFile}`,
      ],
      scratch,
      pidFile,
    );
    // The server greets first, and only after its init file has run.
    await untilReady('MariaDB/MySQL', server, async () => (await ask(chosenPort, '')).length > 4);
    const { stop, kill } = server;
    const url = `mysql://root:${MYSQL_PASSWORD}@127.0.0.1:${chosenPort}/`;
    return { url, port: chosenPort, folder: place, stop, kill };
  };
  return port === undefined ? onFreePort(start) : start(port);
}
