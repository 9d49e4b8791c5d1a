import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../growth/repository.ts';
import type { Installation } from './installation.ts';

const run = promisify(execFile);

/** What is played against: the servers' own words, and the version of the queue. */
export async function versionsOf({ redis, queries }: Installation): Promise<Record<string, string>> {
  const [info, database, queue, revision] = await Promise.all([
    redis.info('server'),
    queries.serverVersion(),
    readFile(join(REPOSITORY, 'node_modules', 'bullmq', 'package.json'), 'utf8'),
    run('git', ['rev-parse', 'HEAD'], { cwd: REPOSITORY }).then(
      ({ stdout }) => stdout.trim(),
      () => 'unknown',
    ),
  ]);
  return {
    node: process.version,
    redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
    database,
    bullmq: (JSON.parse(queue) as { version: string }).version,
    revision,
  };
}
