import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActiveModel, Category, Item } from '@sommelier/contracts';
import type { Interactions, Model } from '@sommelier/ncf';
import {
  connectRedis,
  createLogger,
  type Database,
  manifestKey,
  migrateDatabase,
  modelKey,
  openArtifactStore,
  openDatabase,
  publishModelReady,
} from '@sommelier/platform';
import { mainOf } from '../growth/repository.ts';
import { describeModel } from './made-up-model.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { eventsOf, itemOf } from './shop.ts';

const EVENTS_AT_ONCE = 20_000;
const ITEMS_AT_ONCE = 5_000;
const SERVES_TIMEOUT_MS = 300_000;
const POLL_MS = 25;

/** An installation without workers: the database, artifact folder and Redis that its replicas share. */
export class Installation {
  readonly #folder: string;
  readonly #redisUrl: string;
  readonly #database: Database;
  readonly #prefix = `serve-${randomUUID()}`;
  readonly #redis: ReturnType<typeof connectRedis>;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #replicas: ServerProcess[] = [];
  #started = 0;
  #versions = 0;

  private constructor(
    folder: string,
    database: Database,
    redisUrl: string,
    environment: Readonly<Record<string, string>>,
  ) {
    this.#folder = folder;
    this.#database = database;
    this.#redisUrl = redisUrl;
    this.#environment = environment;
    this.#redis = connectRedis(redisUrl, 'worker', createLogger('bench', 'silent'));
  }

  /** @param environment of the replicas, beside what the installation needs */
  static async create(place: {
    folder: string;
    redisUrl: string;
    environment: Readonly<Record<string, string>>;
  }): Promise<Installation> {
    await mkdir(place.folder);
    const url = `file:${join(place.folder, 'sommelier.db')}`;
    await migrateDatabase(url);
    return new Installation(place.folder, await openDatabase({ url }), place.redisUrl, place.environment);
  }

  /** Puts the shop's items and the users' histories into the database. */
  async fill(interactions: Interactions, seed: number): Promise<void> {
    const count = interactions.itemIds.length;
    for (let start = 0; start < count; start += ITEMS_AT_ONCE) {
      const length = Math.min(ITEMS_AT_ONCE, count - start);
      await this.#database.items.upsertItems(Array.from({ length }, (_, k) => itemOf(start + k, seed)));
    }
    let batch = [];
    for (const event of eventsOf(interactions)) {
      if (batch.push(event) < EVENTS_AT_ONCE) continue;
      await this.#database.events.insert(batch);
      batch = [];
    }
    if (batch.length > 0) await this.#database.events.insert(batch);
  }

  /** Puts items and the tree of their categories into the database. */
  async fillItems(items: readonly Item[], categories: readonly Category[]): Promise<void> {
    await this.#database.items.upsertCategories(categories);
    await this.#database.items.upsertItems(items);
  }

  /** Stores a model as a candidate; returns its version. */
  async store(model: Model): Promise<string> {
    const version = `20260101T000000Z-${(++this.#versions).toString(16).padStart(12, '0')}`;
    const { bytes, manifest } = describeModel(model, version);
    const artifacts = openArtifactStore(join(this.#folder, 'artifacts'));
    await artifacts.put(modelKey(version), bytes);
    await artifacts.put(manifestKey(version), new TextEncoder().encode(JSON.stringify(manifest)));
    await this.#database.models.addCandidate(manifest);
    return version;
  }

  /** Makes a version the active one and, unless told not to, says so on Redis, as the worker does. */
  async publish(version: string, { announce } = { announce: true }): Promise<ActiveModel> {
    const { models } = this.#database;
    const expectedGeneration = (await models.active())?.generation ?? 0;
    const nowMs = Date.now();
    const active = await models.activate({ version, expectedGeneration, activatedBy: 'bench', nowMs });
    if (active === undefined) throw new Error(`${version} could not be activated`);
    if (!announce) return active;
    const sha256 = (await models.get(version))?.manifest.file.sha256 ?? '';
    const { generation } = active;
    await publishModelReady(this.#redis, this.#prefix, {
      schemaVersion: 1,
      generation,
      version,
      sha256,
      publishedAt: Date.now(),
    });
    return active;
  }

  /** As many replicas as asked for, each serving the active model. */
  async replicas(count: number): Promise<readonly ServerProcess[]> {
    while (this.#replicas.length > count) await this.#replicas.pop()!.stop();
    while (this.#replicas.length < count) this.#replicas.push(await this.#startReplica());
    const active = await this.#database.models.active();
    if (active !== undefined) await this.untilServed(active.generation);
    return [...this.#replicas];
  }

  /** Waits until every replica serves this generation, and knows the items. @throws Error that says what one serves instead */
  async untilServed(generation: number): Promise<void> {
    const deadline = Date.now() + SERVES_TIMEOUT_MS;
    for (const { url } of this.#replicas) {
      for (;;) {
        const response = await fetch(`${url}/readyz`);
        const { model, catalogue } = (await response.json()) as {
          model: { generation: number | null };
          catalogue: { loaded: boolean };
        };
        if (model.generation === generation && catalogue.loaded) break;
        if (Date.now() > deadline) {
          const state = JSON.stringify({ model, catalogue });
          throw new Error(`${url} has ${state} and is to serve ${generation}`);
        }
        await sleep(POLL_MS);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#replicas.splice(0).map((replica) => replica.stop()));
    this.#redis.disconnect();
    await this.#database.close();
  }

  #startReplica(): Promise<ServerProcess> {
    return startServer({
      name: `replica-${++this.#started}`,
      command: { node: mainOf('api') },
      folder: this.#folder,
      env: {
        HOST: '127.0.0.1',
        PORT: '0',
        DATABASE_URL: `file:${join(this.#folder, 'sommelier.db')}`,
        REDIS_URL: this.#redisUrl,
        REDIS_PREFIX: this.#prefix,
        ARTIFACT_DIR: join(this.#folder, 'artifacts'),
        ...this.#environment,
      },
    });
  }
}
