import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startRedis } from '../support/services/redis.ts';

const SERVICES = new URL('../../scripts/services.mjs', import.meta.url).href;

/** Sends a command in Redis's inline form and returns the first answer. */
function command(url: string, line: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.on('error', reject);
    socket.on('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.write(`${line}\r\n`);
  });
}

describe('services of the tests', () => {
  it('are all there', () => {
    for (const name of [
      'TEST_REDIS_URL',
      'TEST_MYSQL_URL',
      'TEST_CHROMIUM',
      'TEST_REDIS_BINARY',
      'TEST_PYTHON',
    ]) {
      expect([name, process.env[name]]).toEqual([name, expect.stringMatching(/./)]);
    }
  });

  it('can start a Redis that keeps its data over a restart and a crash, and never evicts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sommelier-test-'));
    try {
      const first = await startRedis({ folder });
      expect(await command(first.url, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
      expect(await command(first.url, 'SET kept yes')).toBe('+OK\r\n');
      await first.stop();
      await expect(command(first.url, 'PING')).rejects.toThrow('ECONNREFUSED');
      const again = await startRedis({ folder, port: first.port });
      expect(await command(again.url, 'GET kept')).toBe('$3\r\nyes\r\n');
      expect(await command(again.url, 'SET newer yes')).toBe('+OK\r\n');
      await again.kill();
      await expect(command(again.url, 'PING')).rejects.toThrow('ECONNREFUSED');
      const third = await startRedis({ folder, port: first.port });
      expect(await command(third.url, 'GET newer')).toBe('$3\r\nyes\r\n');
      await third.stop();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('end with the process that started them, even when it is killed', async () => {
    const script = `import { startRedis } from ${JSON.stringify(SERVICES)};
      const { url, folder } = await startRedis();
      console.log(JSON.stringify({ url, folder }));
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      owner.stdout.once('data', (data) => resolve(String(data))),
    );
    const { url, folder } = JSON.parse(line) as { url: string; folder: string };
    expect(await command(url, 'PING')).toBe('+PONG\r\n');
    owner.kill('SIGKILL');
    const deadline = Date.now() + 10_000;
    while (existsSync(folder) && Date.now() < deadline) await new Promise((next) => setTimeout(next, 50));
    expect(existsSync(folder)).toBe(false);
    await expect(command(url, 'PING')).rejects.toThrow('ECONNREFUSED');
  });
});
