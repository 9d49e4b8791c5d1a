import { openRedis } from '../growth/redis-server.ts';
import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { textTable } from '../report/text-table.ts';
import type { CaseResult } from './counted.ts';
import { fuzzApi, type MeasuredFuzz } from './fuzz-api.ts';
import { fuzzCsvFiles } from './fuzz-csv-files.ts';
import { fuzzMessages } from './fuzz-messages.ts';
import { fuzzModelFiles } from './fuzz-model-files.ts';
import { type FuzzOptions, parseOptions, USAGE } from './options.ts';

const MIB = 1_048_576;

async function run(options: FuzzOptions): Promise<number> {
  await requireWritable(options.json);
  const api = options.requests > 0 ? await fuzzApi(options) : undefined;
  const cases = await fuzzCases(options);
  await writeJson(options.json, {
    benchmark: 'fuzz',
    settings: options,
    ...(api && apiPart(api)),
    ...cases,
    versions: { node: process.version },
    hardware: hardware(),
  });
  if (api !== undefined) showApi(api);
  for (const [name, result] of Object.entries(cases)) showCases(name, result);
  const failed = (api?.result.failed ?? 0) + Object.values(cases).reduce((sum, one) => sum + one.failed, 0);
  return failed === 0 ? 0 : 1;
}

/** One after the other, in this process: so the memory of each includes that of those before it. */
async function fuzzCases(options: FuzzOptions): Promise<Record<string, CaseResult>> {
  const { modelFiles, csvFiles, messages, seed } = options;
  const onProgress = (cases: number) => console.log(`${cases} cases`);
  const results: Record<string, CaseResult> = {};
  if (modelFiles > 0) results.modelFiles = await fuzzModelFiles({ cases: modelFiles, seed, onProgress });
  if (csvFiles > 0) results.csvFiles = await fuzzCsvFiles({ cases: csvFiles, seed, onProgress });
  if (messages > 0) {
    const redis = await openRedis();
    try {
      results.messages = await fuzzMessages({ cases: messages, seed, redisUrl: redis.url });
    } finally {
      await redis.stop();
    }
  }
  return results;
}

function apiPart({ result, seconds, before, after }: MeasuredFuzz) {
  return {
    seconds,
    requestsPerSecond: Math.round(result.requests / seconds),
    residentBytes: { before: before?.residentBytes, after: after?.residentBytes, peak: after?.peakBytes },
    ...result,
  };
}

function showApi({ result, seconds, before, after }: MeasuredFuzz): void {
  console.log(`\n${outcomeTable('request', result.outcomes)}\n`);
  for (const { label, outcome, answer, command } of result.failures.slice(0, 5)) {
    console.log(`FAILED ${label}: ${outcome} ${answer}\n  ${command}\n`);
  }
  const mib = (bytes: number | undefined) => (bytes === undefined ? '?' : `${Math.round(bytes / MIB)} MiB`);
  console.log(
    `${result.requests} requests in ${seconds.toFixed(0)} s, ${result.failed} failed; ` +
      `resident memory ${mib(before?.residentBytes)} before, ${mib(after?.residentBytes)} after, ${mib(after?.peakBytes)} at most.`,
  );
}

function showCases(
  name: string,
  { cases, outcomes, failed, failures, seconds, peakBytes }: CaseResult,
): void {
  console.log(`\n${outcomeTable(name, byOutcome(outcomes))}\n`);
  for (const { kind, index, what } of failures.slice(0, 5))
    console.log(`FAILED ${kind} (case ${index}): ${what}\n`);
  console.log(
    `${cases} ${name} in ${seconds.toFixed(0)} s, ${failed} failed; ${Math.round(peakBytes / MIB)} MiB at most.`,
  );
}

/** Outcomes have long names and kinds come in families (`file: bits`), so a column a family is what fits a screen. */
function byOutcome(outcomes: CaseResult['outcomes']): CaseResult['outcomes'] {
  const turned: Record<string, Record<string, number>> = {};
  for (const [kind, counts] of Object.entries(outcomes)) {
    const family = kind.replace(/: .*/, '');
    for (const [outcome, count] of Object.entries(counts)) {
      turned[outcome] ??= {};
      turned[outcome][family] = (turned[outcome][family] ?? 0) + count;
    }
  }
  return turned;
}

function outcomeTable(what: string, outcomes: Record<string, Record<string, number>>): string {
  const names = [...new Set(Object.values(outcomes).flatMap(Object.keys))].sort();
  const rows = Object.entries(outcomes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, counts]) => [label, ...names.map((name) => String(counts[name] ?? 0))]);
  return textTable([what, ...names], rows);
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
