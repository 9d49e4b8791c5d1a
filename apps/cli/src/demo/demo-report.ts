import { accessSync, constants, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type Manifest, SommelierError, type TrainingRun } from '@sommelier/contracts';
import type { FoundRedis } from '../services/find-redis.ts';
import type { RolledBack } from './bad-model.ts';
import type { DemoPlace } from './installation.ts';

export interface DemoFacts {
  readonly place: DemoPlace;
  readonly redis: FoundRedis;
  readonly urls: readonly string[];
  readonly run: TrainingRun;
  readonly manifest: Manifest;
  readonly exampleUser: string;
  /** The run that must not go live, and how long it took to take its model back. */
  readonly refused: { readonly run: TrainingRun; readonly rolledBack: RolledBack | undefined };
  /** Seconds of each step of the demo. */
  readonly timings: Readonly<Record<string, number>>;
  /** Seconds from the demo's start to the first recommendation. */
  readonly firstRecommendationSeconds: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Addresses of everything that a person may want to open. */
export function addressesOf(urls: readonly string[], exampleUser: string) {
  const [first = ''] = urls;
  const user = encodeURIComponent(exampleUser);
  return {
    apis: [...urls],
    recommendations: `${first}/v1/users/${user}/recommendations`,
    topN: `${first}/topN=10for_user=${user}`,
    jobBoard: `${first}/admin/queues`,
    health: `${first}/readyz`,
  };
}

/** What `--json` writes: for programs that drive the demo, and for measurements. */
export function demoReport(facts: DemoFacts): Record<string, unknown> {
  const { place, redis, urls, run, manifest, exampleUser } = facts;
  const [cpu] = cpus();
  return {
    addresses: addressesOf(urls, exampleUser),
    credentials: place.credentials,
    databaseUrl: place.databaseUrl,
    redis: { kind: redis.kind, url: redis.url },
    data: facts.data,
    model: { version: manifest.version, counts: manifest.counts, sizeBytes: manifest.file.sizeBytes },
    run: { id: run.id, seconds: run.timings },
    refused: {
      status: facts.refused.run.status,
      gate: facts.refused.run.metrics?.gate ?? null,
      rollback: facts.refused.rolledBack ?? null,
    },
    timings: facts.timings,
    firstRecommendationSeconds: facts.firstRecommendationSeconds,
    metrics: manifest.metrics,
    funnel: manifest.funnel,
    config: manifest.config,
    engine: manifest.engine,
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    },
  };
}

/**
 * Checks before any work that a report can be written there.
 * @throws SommelierError `invalid-config`
 */
export function requireWritable(path: string): void {
  try {
    accessSync(dirname(resolve(path)), constants.W_OK);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
  } catch (error) {
    const message = `The report cannot be written to ${path}: ${(error as Error).message}`;
    throw new SommelierError('invalid-config', message, { cause: error });
  }
}

/** Writes the report whole or not at all; it holds a password, so it is for its owner only. */
export async function writeReport(path: string, report: Record<string, unknown>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
