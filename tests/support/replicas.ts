import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActiveModel, Problem, Recommendations } from '@sommelier/contracts';
import type { Model } from '@sommelier/ncf';
import {
  type ArtifactStore,
  connectRedis,
  createLogger,
  type Database,
  type DatabaseProvider,
  manifestKey,
  modelKey,
  openArtifactStore,
  openDatabase,
  publishModelReady,
} from '@sommelier/platform';
import { freshDatabase } from './databases.ts';
import { createProcesses, eventually, type ProductProcess } from './processes.ts';
import { describeModel } from './random-model.ts';

/** What `/readyz` says. */
export interface Readiness {
  readonly status: string;
  readonly model: {
    readonly version: string | null;
    readonly generation: number | null;
    readonly lastReloadError: { readonly version: string | null; readonly code: string } | null;
  };
  readonly database: { readonly ok: boolean };
  readonly redis: { readonly ok: boolean };
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A run as `POST /v1/training-runs` answers it; `code` when it refuses. */
export interface SubmittedRun {
  readonly id: string;
  readonly status: string;
  readonly coalesced: boolean;
  readonly code?: string;
}

/** A running API process. */
export interface Replica {
  readonly process: ProductProcess;
  readonly url: string;
  get<T = Problem>(path: string, init?: RequestInit): Promise<Answer<T>>;
  recommendations(userId: string, query?: string): Promise<Answer<Recommendations>>;
  post<T = Problem>(path: string, body: unknown): Promise<Answer<T>>;
  /** Asks for a training run. */
  train(body: unknown): Promise<Answer<SubmittedRun>>;
  /** Has a training run accepted: a replica that has just begun to listen may not have reached the queue yet (503). */
  submit(body: unknown): Promise<SubmittedRun>;
  /** Waits until it serves a generation. */
  serves(generation: number): Promise<void>;
}

/** An installation without workers: what replicas share, and models that the test publishes itself. */
export interface Installation {
  readonly database: Database;
  readonly artifacts: ArtifactStore;
  readonly environment: Record<string, string>;
  startReplica(overrides?: Record<string, string>): Promise<Replica>;
  /** Writes a `sommelier.config.json` of the installation's own and returns its path. */
  configFile(config: unknown): Promise<string>;
  /** Puts the files into the artifact store, with a change to them when the test wants one. */
  store(model: Model, damage?: (bytes: Uint8Array) => void): Promise<string>;
  /** Makes a stored version the active one, without telling anybody. */
  activate(version: string): Promise<ActiveModel>;
  /** Tells the replicas. */
  announce(active: ActiveModel): Promise<void>;
  /** All three. */
  publish(model: Model): Promise<ActiveModel>;
  close(): Promise<void>;
}

let versions = 0;

/** A version that no other model of this process has. */
function nextVersion(): string {
  versions++;
  return `20260101T000000Z-${versions.toString(16).padStart(12, '0')}`;
}

/** A fresh database, an empty artifact store and a prefix of its own in Redis. */
export async function createInstallation(
  provider: DatabaseProvider,
  redisUrl: string,
): Promise<Installation> {
  const fresh = await freshDatabase(provider);
  const database = await openDatabase({ url: fresh.url });
  const prefix = `api-${randomUUID()}`;
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-artifacts-'));
  const artifacts = openArtifactStore(folder);
  const processes = createProcesses();
  const redis = connectRedis(redisUrl, 'worker', createLogger('test', 'silent'));
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: fresh.url,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    ARTIFACT_DIR: folder,
    // Long, so that what the tests see within seconds came from a message and not from the poll.
    MODEL_POLL_MS: '600000',
  };
  const { models } = database;
  const installation: Installation = {
    database,
    artifacts,
    environment,
    async startReplica(overrides = {}) {
      const child = processes.start('api', { env: { ...environment, ...overrides } });
      const line = await child.waitForLine(/"msg":"listening"/);
      return replicaAt((JSON.parse(line) as { url: string }).url, child);
    },
    async configFile(config) {
      const path = join(folder, 'sommelier.config.json');
      await writeFile(path, JSON.stringify(config));
      return path;
    },
    async store(model, damage) {
      const version = nextVersion();
      const { bytes, manifest } = describeModel(model, version);
      damage?.(bytes);
      await artifacts.put(modelKey(version), bytes);
      await artifacts.put(manifestKey(version), new TextEncoder().encode(JSON.stringify(manifest)));
      await models.addCandidate(manifest);
      return version;
    },
    async activate(version) {
      const expectedGeneration = (await models.active())?.generation ?? 0;
      const activation = { version, expectedGeneration, activatedBy: 'test', nowMs: Date.now() };
      const active = await models.activate(activation);
      if (active === undefined) throw new Error(`${version} could not be activated`);
      return active;
    },
    async announce({ generation, version }) {
      const sha256 = (await models.get(version))?.manifest.file.sha256 ?? '';
      const message = { schemaVersion: 1 as const, generation, version, sha256, publishedAt: Date.now() };
      await publishModelReady(redis, prefix, message);
    },
    async publish(model) {
      const active = await installation.activate(await installation.store(model));
      await installation.announce(active);
      return active;
    },
    async close() {
      await processes.stopAll();
      redis.disconnect();
      await database.close();
      await fresh.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return installation;
}

function replicaAt(url: string, process: ProductProcess): Replica {
  const get = async <T>(path: string, init?: RequestInit): Promise<Answer<T>> => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  const post = <T>(path: string, body: unknown) =>
    get<T>(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const train = (body: unknown) => post<SubmittedRun>('/v1/training-runs', body);
  return {
    process,
    url,
    get,
    recommendations: (userId, query = '') =>
      get<Recommendations>(`/v1/users/${encodeURIComponent(userId)}/recommendations${query}`),
    post,
    train,
    submit: (body) =>
      eventually('a run is accepted', async () => {
        const answer = await train(body);
        return answer.status === 202 && answer.body;
      }),
    async serves(generation) {
      await eventually(
        `generation ${generation} at ${url}`,
        async () => (await get<Readiness>('/readyz')).body.model.generation === generation,
        { timeoutMs: 20_000 },
      );
    },
  };
}
