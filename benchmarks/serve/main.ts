import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { ServeBenchmark } from './benchmark.ts';
import { type CellList, parseOptions, type ServeOptions, USAGE } from './options.ts';
import { findPython, PEER_USERS, type PythonPeers, pythonServer } from './peers.ts';
import { changeLines, loadTable, verdictTable } from './result-tables.ts';
import type { CellResult } from './results.ts';
import { verdictsOf } from './verdicts.ts';

const PROTOCOL =
  'The load generator, Redis and the servers share the machine. closed: every connection asks again at once. open: ' +
  'requests come at the times of a Poisson process, and latency counts from the time at which a request was due, ' +
  "waiting and the generator's own lateness included (late: its 99th percentile). CPU: user and system of the servers, " +
  'all threads, from /proc/PID/stat. loop: how late timers of the main thread fire, and its share of busy time.';

async function run(options: ServeOptions | CellList): Promise<number> {
  if ('list' in options) {
    console.log(options.list.map(({ name }) => name).join('\n'));
    return 0;
  }
  await requireWritable(options.json);
  const python = await findPython(options.python);
  const results: CellResult[] = [];
  const benchmark = new ServeBenchmark(options, python, (what) => console.log(what));
  await benchmark.run(async (result) => {
    results.push(result);
    // After each cell: a long run that is cut off should not lose what it has measured.
    await writeJson(options.json, reportOf(options, python, results));
  });
  console.log(`\n${loadTable(results)}\n`);
  for (const line of changeLines(results)) console.log(line);
  const verdicts = verdictsOf(results);
  if (verdicts.length > 0) console.log(`\n${verdictTable(verdicts)}`);
  console.log(`\n${PROTOCOL}\nPython peers: ${peersText(python)}.`);
  return 0;
}

function peersText(python: PythonPeers): string {
  return (
    `${pythonServer(python)}; ${PEER_USERS} users; seed: loads mappings and weights, scores in batches of 4,096 and sorts a ` +
    'data frame at every request; torch: loaded once, first layer split, torch.topk'
  );
}

function reportOf(options: ServeOptions, python: PythonPeers, results: readonly CellResult[]) {
  const { seconds, connections, p99Ms, users, serverEnvironment, seed } = options;
  return {
    benchmark: 'serve',
    protocol: PROTOCOL,
    peers: peersText(python),
    settings: { seconds, connections, p99Ms, users, serverEnvironment, seed },
    verdicts: verdictsOf(results),
    cells: results,
    versions: { node: process.version },
    hardware: hardware(),
  };
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
