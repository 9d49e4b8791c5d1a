import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '@sommelier/ncf';
import { removeWhenDone } from '../growth/child-process.ts';
import { openRedis } from '../growth/redis-server.ts';
import type { ScoreCell } from '../score/cells.ts';
import type { Cell, FreshnessCell, PeerCell, ServeCell, SwapCell } from './cells.ts';
import { eventFreshness, itemFreshness, NotSupported } from './freshness.ts';
import { type Generator, startGenerator } from './generator-process.ts';
import { Installation } from './installation.ts';
import { type RequestPaths, userIdOf } from './load-job.ts';
import { expectedAnswers, madeUpModel } from './made-up-model.ts';
import { type LoadPlace, openLoop, saturation } from './measure-load.ts';
import type { ServeOptions } from './options.ts';
import { type PythonPeers, peerPaths, startPeer, whyLeftOut } from './peers.ts';
import type { CellResult } from './results.ts';
import type { ServerProcess } from './server-process.ts';
import { FILTER_QUERIES, interactionsOf } from './shop.ts';
import { measureSwaps } from './swap-run.ts';

const CACHED_USERS = 10;
const SWAP_USERS = 300;
const FEW_SWAPS = 6;
const SWAP_EVERY_SECONDS = 5;
/** Share of the throughput that the load under swaps has: room for loading a model beside it. */
const SWAP_LOAD = 0.4;
/**
 * Under swaps every request is another one, though its right answer is not: with answers from the cache, the load without
 * swaps would be another work than the one with them. As many as have no divisor in common with the users.
 */
const SWAP_QUERIES = Array.from({ length: 20_011 }, (_, k) => `&exclude=nothing-${k}`);
const BEFORE = '/v1/users/';
const AFTER = '/recommendations?n=10';

/** Measures every chosen cell; `onResult` is called after each. What was made on the way is removed. */
export class ServeBenchmark {
  readonly #options: ServeOptions;
  readonly #python: PythonPeers;
  readonly #say: (what: string) => void;
  readonly #generator: Generator = startGenerator();
  readonly #folder = mkdtempSync(join(tmpdir(), 'sommelier-serve-'));
  /** The next user whom nobody has asked for. */
  #nextUser = 0;

  constructor(options: ServeOptions, python: PythonPeers, say: (what: string) => void) {
    this.#options = options;
    this.#python = python;
    this.#say = say;
  }

  async run(onResult: (result: CellResult) => Promise<void>): Promise<void> {
    const removal = removeWhenDone(this.#folder);
    try {
      const redis = await openRedis();
      try {
        for (const cells of byModel(this.#options.cells))
          await this.#measureModel(cells, redis.url, onResult);
      } finally {
        await redis.stop();
      }
    } finally {
      this.#generator.close();
      await removal.stop();
    }
  }

  /** The cells of one model: one installation, with as many replicas as each of them wants. */
  async #measureModel(
    cells: readonly Cell[],
    redisUrl: string,
    onResult: (result: CellResult) => Promise<void>,
  ): Promise<void> {
    const { seed, users } = this.#options;
    const { model: shape } = cells[0]!;
    this.#say(`a shop of ${shape.items} items, a model of ${shape.factors} factors`);
    const folder = join(this.#folder, `${shape.items}-${shape.factors}`);
    const environment = this.#options.serverEnvironment;
    const installation = await Installation.create({ folder, redisUrl, environment });
    try {
      const interactions = interactionsOf({ userCount: users, itemCount: shape.items, seed });
      await installation.fill(interactions, seed);
      const model = madeUpModel(interactions, shape, seed);
      const version = await installation.store(model);
      await installation.publish(version);
      const other = () => madeUpModel(interactions, shape, seed + 1);
      for (const cell of cells) {
        this.#say(`${cell.name} ...`);
        await onResult(await this.#measure(cell, { installation, model, version, other, folder }));
      }
    } finally {
      await installation.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #measure(cell: Cell, place: Place): Promise<CellResult> {
    switch (cell.kind) {
      case 'serve':
        return this.#serve(cell, await place.installation.replicas(cell.replicas));
      case 'swap':
        return this.#swap(cell, place);
      case 'fresh':
        return this.#fresh(cell, await place.installation.replicas(2));
      case 'peer':
        return this.#peer(cell, place);
    }
  }

  async #serve(cell: ServeCell, servers: readonly ServerProcess[]): Promise<CellResult> {
    const { name, users, filtered } = cell;
    const queries = filtered ? FILTER_QUERIES : [];
    const probe = await fetch(`${servers[0]!.url}${BEFORE}${userIdOf(0)}${AFTER}${queries[0] ?? ''}`);
    await probe.text();
    if (!probe.ok) return { name, refused: `refused (${probe.status})` };
    const place = this.#place(servers, () => ({
      before: BEFORE,
      users:
        users === 'cached'
          ? { first: 0, count: CACHED_USERS }
          : { first: this.#nextUser, count: this.#options.users },
      after: AFTER,
      queries,
    }));
    return { name, ...(await this.#loads(place, cell.oneAtATime)) };
  }

  async #loads(place: LoadPlace, oneAtATime: boolean): Promise<Pick<CellResult, 'saturation' | 'open'>> {
    const closed = await saturation(place, oneAtATime ? 1 : this.#options.connections);
    if (oneAtATime) return { saturation: closed };
    const open = await openLoop(place, this.#options, Math.max(0.1, closed.load.ratePerSecond));
    return { saturation: closed, open };
  }

  #place(servers: readonly ServerProcess[], nextPaths: () => RequestPaths): LoadPlace {
    const { seconds, seed } = this.#options;
    const used = (requests: number) => {
      this.#nextUser = (this.#nextUser + requests) % this.#options.users;
    };
    return { generator: this.#generator, servers, nextPaths, used, seconds, seed };
  }

  async #swap({ name }: SwapCell, { installation, model, version, other }: Place): Promise<CellResult> {
    const servers = await installation.replicas(2);
    const second = other();
    const versions = [version, await installation.store(second)] as const;
    const expected = expectedAnswers(
      new Map([
        [versions[0], model],
        [versions[1], second],
      ]),
      SWAP_USERS,
    );
    const users = { first: 0, count: SWAP_USERS };
    const paths = () => ({ before: BEFORE, users, after: AFTER, queries: SWAP_QUERIES });
    const { swaps, rate, p99Ms, seconds, connections } = this.#options;
    const quick = this.#place(servers, paths);
    const closed = rate === undefined ? await saturation(quick, connections) : undefined;
    const place = { ...quick, seconds: swaps === undefined ? FEW_SWAPS * SWAP_EVERY_SECONDS : seconds * 2 };
    const swap = await measureSwaps(installation, place, {
      versions,
      expected,
      rate: rate ?? Math.max(0.1, SWAP_LOAD * closed!.load.ratePerSecond),
      p99Ms,
      swaps: swaps ?? FEW_SWAPS,
      atOnce: swaps !== undefined,
    });
    // What comes after is to find the model that was there before.
    const { generation } = await installation.publish(version);
    await installation.untilServed(generation);
    return { name, swap };
  }

  async #fresh({ name, what }: FreshnessCell, servers: readonly ServerProcess[]): Promise<CellResult> {
    const plan = {
      writer: servers[0]!,
      reader: servers[1]!,
      repetitions: this.#options.repetitions,
      firstUser: 0,
      seed: this.#options.seed,
    };
    try {
      return { name, freshness: await (what === 'events' ? eventFreshness(plan) : itemFreshness(plan)) };
    } catch (error) {
      if (error instanceof NotSupported) return { name, refused: error.message };
      throw error;
    }
  }

  async #peer(cell: PeerCell, { installation, folder }: Place): Promise<CellResult> {
    const { name, peer } = cell;
    const refused = whyLeftOut(peer, this.#python);
    if (refused !== undefined) return { name, refused };
    const [replica] = await installation.replicas(1);
    const answer = await (await fetch(`${replica!.url}${BEFORE}${userIdOf(0)}${AFTER}`)).text();
    const server = await startPeer(cell, { folder, python: this.#python.python, answer });
    try {
      const place = this.#place([server], () => peerPaths(peer, this.#nextUser));
      return { name, ...(await this.#loads(place, false)) };
    } finally {
      await server.stop();
    }
  }
}

/** What the cells of one model share. */
interface Place {
  readonly installation: Installation;
  readonly model: Model;
  /** The model's version, which is served. */
  readonly version: string;
  /** Makes another model of the same shape. */
  readonly other: () => Model;
  readonly folder: string;
}

function byModel(cells: readonly Cell[]): Cell[][] {
  const nameOf = ({ items, factors }: ScoreCell) => `${items}-${factors}`;
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const group = groups.get(nameOf(cell.model)) ?? [];
    groups.set(nameOf(cell.model), [...group, cell]);
  }
  return [...groups.values()];
}
