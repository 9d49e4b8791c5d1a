import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeWhenDone } from '../growth/child-process.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import type { RoundsOptions } from './options.ts';
import { lineOf, type RoundRecord } from './record.ts';
import { recordsIn, reportOf } from './report.ts';
import { faultOf } from './schedule.ts';
import { DATABASE_DOWN_MS, REPLICAS, WORKERS } from './settings.ts';
import { Stage } from './stage.ts';
import { summaryTable } from './summary.ts';

/** Plays the rounds that are asked for and not there yet; the exit code says whether all rules held. */
export async function runRounds(options: RoundsOptions): Promise<number> {
  const { json, seed, kinds, lockMs, onlyRound } = options;
  await requireWritable(json);
  const records = options.resume ? await recordsIn(options) : [];
  const rounds = onlyRound === undefined ? roundsFrom(records.length, options.rounds) : [onlyRound];
  const schedule = { seed, kinds, lockMs, databaseDownMs: DATABASE_DOWN_MS, replicas: REPLICAS };
  const stopping = stopSignal();
  await onStage(options, async (stage) => {
    for (const round of rounds) {
      if (stopping.aborted) break;
      const record = await stage.play(round, faultOf(schedule, round));
      records.push(record);
      console.log(lineOf(record));
      for (const { rule, text } of record.violations) console.log(`      ${rule}: ${text}`);
      // After each round: a long run is stopped and gone on with, and what it found must not be lost with it.
      await writeJson(json, reportOf(options, records, stage.versions));
    }
  });
  console.log(`\n${summaryTable(records)}\n`);
  return verdict(options, records);
}

/** Aborted by the first Ctrl-C or SIGTERM: the round is played to its end, and everything closed in order. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    console.log('stopping after this round; --resume goes on');
    stopping.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return stopping.signal;
}

function roundsFrom(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, k) => first + k);
}

async function onStage(options: RoundsOptions, use: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-chaos-'));
  const removal = removeWhenDone(folder);
  try {
    const stage = await Stage.open({
      folder,
      logFolder: options.logs ?? join(folder, 'logs'),
      replicas: REPLICAS,
      workers: WORKERS,
      lockMs: options.lockMs,
      seed: options.seed,
    });
    try {
      console.log(`${stage.description}\n`);
      await use(stage);
    } finally {
      await stage.close();
    }
  } finally {
    await removal.stop();
  }
}

function verdict({ seed, kinds, lockMs }: RoundsOptions, records: readonly RoundRecord[]): number {
  const broken = records.filter(({ violations }) => violations.length > 0);
  const total = records.reduce((sum, { violations }) => sum + violations.length, 0);
  console.log(`${records.length} rounds, ${total} violations`);
  const common = `--seed ${seed} --kinds ${kinds.join()} --lock-ms ${lockMs}`;
  for (const { round } of broken)
    console.log(`  again: npm run chaos -- --json FILE ${common} --only-round ${round}`);
  return broken.length === 0 ? 0 : 1;
}
