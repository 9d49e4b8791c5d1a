import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readiness, SubmittedRun, TrainingRun } from '@sommelier/contracts';
import {
  type ArtifactStore,
  connectRedis,
  createLogger,
  type Database,
  migrateDatabase,
  openArtifactStore,
  openDatabase,
} from '@sommelier/platform';
import type { Redis } from 'ioredis';
import { mainOf } from '../growth/repository.ts';
import { freePorts } from '../growth/services.ts';
import type { LogLine } from '../growth/worker-log.ts';
import { ArtifactDisk } from './artifact-disk.ts';
import { BalancedClient, describeReply } from './balanced-client.ts';
import { Queries } from './queries.ts';
import { RunFollower } from './run-follower.ts';
import { CrashableServer } from './servers.ts';
import { MODEL_POLL_MS } from './settings.ts';
import { SupervisedProcess, UP_LINES } from './supervised-process.ts';

const FINAL_POLL_MS = 100;
const SILENT = createLogger('chaos', 'silent');

/** A small network that learns the shop in a second, and an evaluation that takes no longer. */
const CONFIG = {
  data: { windowDays: 0 },
  model: { factors: 8, layers: [16, 8] },
  training: { epochs: 6, patience: 6, batchSize: 512, learningRate: 0.01 },
  evaluation: { bootstrapResamples: 200, maxValidationUsers: 200, sampledNegatives: 20 },
};

export interface InstallationOrder {
  /** An empty folder, which the caller removes. */
  readonly folder: string;
  readonly logFolder: string;
  readonly replicas: number;
  readonly workers: number;
  readonly lockMs: number;
  /** Of each worker; 1 unless given. */
  readonly engineThreads?: number;
}

/** A run that somebody waits for. */
export interface WatchedRun {
  readonly id: string;
  /** Aborted when the run has ended. */
  readonly ended: AbortSignal;
  /** The run as it ended. */
  readonly end: Promise<TrainingRun>;
}

/** The whole product with its servers, each a process of its own that can be killed. */
export class Installation {
  /** Begins every key in Redis, and marks every process's environment. */
  readonly prefix: string;
  readonly redisServer: CrashableServer;
  readonly databaseServer: CrashableServer;
  readonly disk: ArtifactDisk;
  readonly database: Database;
  readonly queries: Queries;
  readonly artifacts: ArtifactStore;
  /** For an administrator's commands. */
  readonly redis: Redis;
  readonly follower = new RunFollower();
  readonly client: BalancedClient;
  readonly replicaUrls: readonly string[];
  readonly workers: SupervisedProcess[] = [];
  readonly replicas: SupervisedProcess[] = [];
  /** Runs that the API has accepted, in their order. */
  readonly acceptedRunIds: string[] = [];
  unansweredRuns = 0;
  readonly #order: InstallationOrder;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #closing = new AbortController();

  private constructor(order: InstallationOrder, parts: Parts) {
    this.#order = order;
    this.prefix = parts.prefix;
    this.redisServer = parts.redisServer;
    this.databaseServer = parts.databaseServer;
    this.disk = parts.disk;
    this.database = parts.database;
    this.queries = new Queries(parts.databaseUrl);
    this.artifacts = openArtifactStore(parts.disk.folder);
    this.redis = connectRedis(parts.redisServer.url, 'producer', SILENT);
    this.replicaUrls = parts.ports.map((port) => `http://127.0.0.1:${port}`);
    this.client = new BalancedClient(this.replicaUrls);
    this.#environment = {
      DATABASE_URL: parts.databaseUrl,
      REDIS_URL: parts.redisServer.url,
      REDIS_PREFIX: parts.prefix,
      ARTIFACT_DIR: parts.disk.folder,
      SOMMELIER_CONFIG: parts.configPath,
      ENGINE: 'wasm',
      ENGINE_THREADS: String(order.engineThreads ?? 1),
      JOB_LOCK_MS: String(order.lockMs),
      MODEL_POLL_MS: String(MODEL_POLL_MS),
      HOST: '127.0.0.1',
    };
  }

  /** Starts servers, workers and replicas; nothing is in the database yet. */
  static async create(order: InstallationOrder): Promise<Installation> {
    const { folder, logFolder } = order;
    await mkdir(logFolder, { recursive: true });
    const [redisServer, databaseServer, disk, ports] = await Promise.all([
      CrashableServer.redis(join(folder, 'redis')),
      CrashableServer.database(join(folder, 'database')),
      ArtifactDisk.create(join(folder, 'artifacts')),
      freePorts(order.replicas),
    ]);
    const databaseUrl = new URL('sommelier', databaseServer.url).href;
    await migrateDatabase(databaseUrl);
    const configPath = join(folder, 'sommelier.config.json');
    await writeFile(configPath, JSON.stringify(CONFIG));
    const database = await openDatabase({ url: databaseUrl });
    const prefix = `chaos-${randomUUID()}`;
    const servers = { redisServer, databaseServer, disk, database };
    return new Installation(order, { ...servers, prefix, databaseUrl, configPath, ports });
  }

  /** Starts workers and replicas and waits until they are up. */
  async startProcesses(): Promise<void> {
    for (let k = 0; k < this.#order.workers; k++) {
      const name = `worker-${k}`;
      const onLine = (line: LogLine): void => this.follower.see(name, line);
      this.workers.push(await this.#start('worker', name, {}, onLine));
    }
    for (const [k, url] of this.replicaUrls.entries()) {
      this.replicas.push(await this.#start('api', `replica-${k}`, { PORT: new URL(url).port }));
    }
    await Promise.all([...this.workers, ...this.replicas].map((process) => process.untilUp()));
  }

  /**
   * Asks for a training run over HTTP, and watches it. One that nobody answered may have been accepted all the same.
   * @throws Error when the API does not accept it
   */
  async train(request: object): Promise<WatchedRun> {
    const reply = await this.client.post('/v1/training-runs', request);
    if (reply.kind === 'unanswered') this.unansweredRuns++;
    if (reply.kind === 'unanswered' || reply.status !== 202)
      throw new Error(`A training run was not accepted: ${describeReply(reply)}`);
    const { id } = JSON.parse(reply.text) as SubmittedRun;
    this.acceptedRunIds.push(id);
    return this.#watch(id);
  }

  async readiness(replica: number): Promise<Readiness> {
    const response = await fetch(`${this.replicaUrls[replica]}/readyz`, {
      signal: AbortSignal.timeout(5_000),
    });
    return (await response.json()) as Readiness;
  }

  worker(name: string): SupervisedProcess {
    const worker = this.workers.find((one) => one.name === name);
    if (worker === undefined) throw new Error(`There is no ${name}`);
    return worker;
  }

  /** Ends everything that was started. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.workers, ...this.replicas].map((process) => process.stop()));
    this.redis.disconnect();
    await this.database.close();
    await Promise.all([this.redisServer.stop(), this.databaseServer.stop(), this.disk.close()]);
  }

  #watch(id: string): WatchedRun {
    const over = new AbortController();
    const end = this.#untilFinal(id);
    void end.then(
      () => over.abort(),
      () => over.abort(),
    );
    return { id, ended: over.signal, end };
  }

  async #untilFinal(id: string): Promise<TrainingRun> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      const reply = await this.client.get(`/v1/training-runs/${id}`);
      if (reply.kind === 'answered' && reply.status === 200) {
        const run = JSON.parse(reply.text) as TrainingRun;
        if (run.finishedAtMs !== null) return run;
      }
      await sleep(FINAL_POLL_MS);
    }
  }

  #start(
    app: 'api' | 'worker',
    name: string,
    env: Readonly<Record<string, string>>,
    onLine?: (line: LogLine) => void,
  ): Promise<SupervisedProcess> {
    const { folder, logFolder } = this.#order;
    return SupervisedProcess.start({
      name,
      main: mainOf(app),
      upLine: UP_LINES[app],
      env: { ...this.#environment, ...env },
      folder: join(folder, name),
      logFolder,
      ...(onLine !== undefined && { onLine }),
    });
  }
}

interface Parts {
  readonly prefix: string;
  readonly redisServer: CrashableServer;
  readonly databaseServer: CrashableServer;
  readonly disk: ArtifactDisk;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly configPath: string;
  readonly ports: readonly number[];
}
