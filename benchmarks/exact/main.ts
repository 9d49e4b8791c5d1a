import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeWhenDone } from '../growth/child-process.ts';
import { openRedis } from '../growth/redis-server.ts';
import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { nameOf } from '../score/cells.ts';
import { Installation } from '../serve/installation.ts';
import { madeUpModel } from '../serve/made-up-model.ts';
import { interactionsOf } from '../serve/shop.ts';
import { type ExactCell, usersOf } from './cells.ts';
import { type Comparison, compareAnswers } from './compare-answers.ts';
import { comparisonTable, timesTable } from './exact-tables.ts';
import { timeFilters } from './filter-times.ts';
import { madeUpCategories, madeUpItem } from './made-up-items.ts';
import { type ExactOptions, parseOptions, USAGE } from './options.ts';

const LOAD_TIMEOUT_MS = 120_000;
const SAY_EVERY = 500;

interface CellResult {
  readonly cell: ExactCell;
  readonly users: number;
  readonly seconds: number;
  readonly filters: Readonly<Record<string, Comparison>>;
}

async function run(options: ExactOptions): Promise<number> {
  await requireWritable(options.json);
  const folder = mkdtempSync(join(tmpdir(), 'sommelier-exact-'));
  const removal = removeWhenDone(folder);
  const results: CellResult[] = [];
  try {
    const redis = await openRedis();
    try {
      for (const cell of options.cells) {
        console.log(`${cell.name}: ${nameOf(cell)} ...`);
        results.push(
          await compareCell(cell, options, { folder: join(folder, cell.name), redisUrl: redis.url }),
        );
        await writeJson(options.json, reportOf(options, results));
      }
    } finally {
      await redis.stop();
    }
  } finally {
    await removal.stop();
  }
  console.log(`\n${comparisonTable(results)}`);
  if (options.times) {
    console.log('\nTiming the filters of a large catalogue ...');
    const times = await timeFilters(options.seed);
    await writeJson(options.json, { ...reportOf(options, results), times });
    console.log(`\n${timesTable(times)}`);
  }
  const { compared, identical } = totalOf(results);
  console.log(`\n${identical} of ${compared} answers are the brute force's.`);
  return identical === compared ? 0 : 1;
}

async function compareCell(
  cell: ExactCell,
  { users: all, seed }: ExactOptions,
  place: { readonly folder: string; readonly redisUrl: string },
): Promise<CellResult> {
  const start = performance.now();
  const users = usersOf(cell, all);
  const installation = await Installation.create({ ...place, environment: {} });
  try {
    const items = Array.from({ length: cell.items }, (_, index) => madeUpItem(index, seed));
    const categories = madeUpCategories();
    await installation.fillItems(items, categories);
    const model = madeUpModel(interactionsOf({ userCount: users, itemCount: cell.items, seed }), cell, seed);
    await installation.publish(await installation.store(model));
    const [replica] = await installation.replicas(1);
    const { url } = replica!;
    await untilLoaded(url);
    const filters = await compareAnswers({ url, model, items, categories, seed }, users, (done) => {
      if (done % SAY_EVERY === 0) console.log(`  ${done} of ${users} users`);
    });
    return { cell, users, seconds: (performance.now() - start) / 1_000, filters };
  } finally {
    await installation.close();
  }
}

/** Waits until a replica has read the items. */
async function untilLoaded(url: string): Promise<void> {
  const deadline = Date.now() + LOAD_TIMEOUT_MS;
  for (;;) {
    const { catalogue } = (await (await fetch(`${url}/readyz`)).json()) as { catalogue: { loaded: boolean } };
    if (catalogue.loaded) return;
    if (Date.now() > deadline) throw new Error(`the items were not read: ${JSON.stringify(catalogue)}`);
    await sleep(50);
  }
}

function totalOf(results: readonly CellResult[]): { compared: number; identical: number } {
  const all = results.flatMap(({ filters }) => Object.values(filters));
  const sum = (of: 'compared' | 'identical') => all.reduce((total, one) => total + one[of], 0);
  return { compared: sum('compared'), identical: sum('identical') };
}

function reportOf({ users, seed }: ExactOptions, results: readonly CellResult[]) {
  return {
    benchmark: 'exact',
    protocol:
      'every answer of a real API (SQLite, one scoring thread) against a float64 brute force that is written by the ' +
      'definition of the model and sorts the whole catalogue; ids and their order; n is 10, 1 or 100 from user to user',
    users,
    seed,
    ...totalOf(results),
    models: results,
    versions: { node: process.version },
    hardware: hardware(),
  };
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
