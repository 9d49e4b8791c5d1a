import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TRAINING_QUEUE } from '@sommelier/contracts';
import type { Redis } from 'ioredis';

const SCAN_COUNT = 1_000;
/** Lists and sets of BullMQ in which a job is that has not ended. */
const LIVE_LISTS = ['active', 'wait'] as const;
const LIVE_SETS = ['prioritized', 'delayed'] as const;

/** Temporary files below the folders. */
export async function temporaryFiles(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder, { withFileTypes: true, recursive: true }))
        .filter((entry) => entry.isFile() && entry.name.endsWith('.tmp'))
        .map((entry) => join(entry.parentPath, entry.name)),
    ),
  );
  return found.flat();
}

/** Jobs that have not ended, and locks of workers, in Redis. */
export async function queueLeftovers(redis: Redis, prefix: string): Promise<string[]> {
  const queue = `${prefix}:${TRAINING_QUEUE}`;
  const found: string[] = [];
  for (const list of LIVE_LISTS) {
    for (const job of await redis.lrange(`${queue}:${list}`, 0, -1)) found.push(`${job} is in ${list}`);
  }
  for (const set of LIVE_SETS) {
    for (const job of await redis.zrange(`${queue}:${set}`, '0', '-1')) found.push(`${job} is in ${set}`);
  }
  for await (const keys of redis.scanStream({ match: `${queue}:*:lock`, count: SCAN_COUNT }))
    found.push(...keys);
  return found;
}

/**
 * Processes of workers and replicas that carry the mark in their environment and are none of those that are known
 * (Linux; none elsewhere).
 */
export function orphans(mark: string, known: ReadonlySet<number>): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || known.has(pid)) return [];
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').includes(mark)) return [];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      // The guards have the environment of what they guard.
      return command[1]?.endsWith('guard.mjs') ? [] : [`process ${pid}: ${command.join(' ').trim()}`];
    } catch {
      // It has ended, or is not ours to look at.
      return [];
    }
  });
}
