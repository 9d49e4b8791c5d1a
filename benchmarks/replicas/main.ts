import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeWhenDone } from '../growth/child-process.ts';
import { openRedis } from '../growth/redis-server.ts';
import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { textTable } from '../report/text-table.ts';
import { TOWERS } from '../score/cells.ts';
import { Installation } from '../serve/installation.ts';
import { madeUpModel } from '../serve/made-up-model.ts';
import { interactionsOf } from '../serve/shop.ts';
import { type Convergence, measureConvergence } from './measure.ts';
import { parseOptions, type ReplicasOptions, USAGE } from './options.ts';

const USERS = 2_000;
const ITEMS = 3_706;
const CELL = { items: ITEMS, factors: 8, layers: TOWERS.get(8)! };

interface Results {
  readonly announced: Convergence;
  readonly unannounced: Convergence;
}

async function run(options: ReplicasOptions): Promise<number> {
  await requireWritable(options.json);
  const folder = mkdtempSync(join(tmpdir(), 'sommelier-replicas-'));
  const removal = removeWhenDone(folder);
  try {
    const redis = await openRedis();
    try {
      const results = await measure(options, { folder: join(folder, 'site'), redisUrl: redis.url });
      await writeJson(options.json, reportOf(options, results));
      console.log(`\n${tableOf(results)}`);
    } finally {
      await redis.stop();
    }
  } finally {
    await removal.stop();
  }
  return 0;
}

async function measure(
  { replicas: count, activations, seed }: ReplicasOptions,
  place: { readonly folder: string; readonly redisUrl: string },
): Promise<Results> {
  const installation = await Installation.create({ ...place, environment: {} });
  try {
    const interactions = interactionsOf({ userCount: USERS, itemCount: ITEMS, seed });
    console.log(`filling a shop of ${ITEMS} items ...`);
    await installation.fill(interactions, seed);
    const versions = [
      await installation.store(madeUpModel(interactions, CELL, seed)),
      await installation.store(madeUpModel(interactions, CELL, seed + 1)),
    ];
    await installation.publish(versions[1]!);
    console.log(`starting ${count} replicas ...`);
    const replicas = await installation.replicas(count);
    console.log(`${activations} activations with a message ...`);
    const announced = await measureConvergence(installation, replicas, {
      versions,
      activations,
      announce: true,
    });
    console.log(`${activations} activations without any message ...`);
    const unannounced = await measureConvergence(installation, replicas, {
      // In the other order, so that the first one is not the model that is served.
      versions: activations % 2 === 0 ? versions : versions.toReversed(),
      activations,
      announce: false,
    });
    return { announced, unannounced };
  } finally {
    await installation.close();
  }
}

function tableOf({ announced, unannounced }: Results): string {
  const ms = (value: number | undefined) => (value === undefined ? '' : value.toFixed(0));
  const row = (name: string, { activations, replicaMs, lastMs }: Convergence) => [
    name,
    String(activations),
    ms(replicaMs?.p50),
    ms(replicaMs?.p99),
    ms(lastMs?.p50),
    ms(lastMs?.max),
  ];
  return textTable(
    ['messages', 'activations', 'a replica: p50 ms', 'p99 ms', 'all replicas: p50 ms', 'longest ms'],
    [row('none is lost', announced), row('all are lost', unannounced)],
  );
}

function reportOf({ replicas, activations, seed }: ReplicasOptions, results: Results) {
  return {
    benchmark: 'replicas',
    settings: { replicas, activations, seed, items: ITEMS, factors: CELL.factors },
    results,
    versions: { node: process.version },
    hardware: hardware(),
  };
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
