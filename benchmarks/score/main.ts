import { fileURLToPath } from 'node:url';
import { hardware } from '../report/hardware.ts';
import { requireWritable, writeJson } from '../report/json-file.ts';
import { runProgram } from '../report/run-program.ts';
import { lastJsonLine, plainEnvironment, runChild } from '../train/child-process.ts';
import { findTorch } from '../train/torch-program.ts';
import { cellsOf, nameOf, type ScoreCell } from './cells.ts';
import { type CellFigures, figuresOf, figureTable, verdictsOf, verdictTable } from './figures.ts';
import type { RankerRequest, RankerTimes } from './measured-ranker.ts';
import { parseOptions, type ScoreOptions, USAGE } from './options.ts';
import { runTorch, type TorchTimes } from './torch-scorer.ts';

const RANKER = fileURLToPath(new URL('./measured-ranker.js', import.meta.url));
const TIMEOUT_MS = 3_600_000;

interface Measured {
  readonly figures: CellFigures;
  readonly ranker: RankerTimes;
  readonly torch: TorchTimes | undefined;
}

async function run(options: ScoreOptions): Promise<number> {
  await requireWritable(options.json);
  const { python, note } = await findTorch(options.python);
  if (note !== undefined) console.log(note);
  const measured: Measured[] = [];
  for (const cell of cellsOf(options.items, options.factors)) {
    console.log(`${nameOf(cell)} ...`);
    measured.push(await measureCell(options, cell, python));
  }
  const figures = measured.map((one) => one.figures);
  await writeJson(options.json, report(options, measured));
  console.log(`\n${figureTable(figures)}`);
  const verdicts = verdictsOf(figures);
  if (verdicts.length > 0) console.log(`\n${verdictTable(verdicts)}`);
  return 0;
}

async function measureCell(
  options: ScoreOptions,
  cell: ScoreCell,
  python: string | undefined,
): Promise<Measured> {
  const { seconds, seed, build, node } = options;
  const request: RankerRequest = { cell, seconds, seed, build };
  const memory = '--max-old-space-size=8192';
  const output = await runChild(node, [memory, RANKER, JSON.stringify(request)], {
    env: plainEnvironment(process.env),
    timeoutMs: TIMEOUT_MS,
  });
  const ranker = lastJsonLine(output) as RankerTimes;
  const torch = python === undefined ? undefined : await runTorch(python, cell, { seconds, seed });
  return { figures: figuresOf(cell, ranker, torch), ranker, torch };
}

function report({ seconds, seed }: ScoreOptions, measured: readonly Measured[]) {
  const figures = measured.map((one) => one.figures);
  return {
    benchmark: 'score',
    protocol:
      'exact top 10 of the whole catalogue, CPU milliseconds a user (user and system, of the whole process); one user a ' +
      'call, or 64 a call; ranker and PyTorch in processes of their own, one thread, one after the other; calls of the ' +
      "first third of the time are not counted; PyTorch in the fastest of several block sizes; the ranker's answers are " +
      "the float64 brute force's, bit by bit",
    seconds,
    seed,
    verdicts: verdictsOf(figures),
    cells: measured.map(({ figures: of, ranker, torch }) => ({
      ...of,
      build: ranker.build,
      packMilliseconds: ranker.packMilliseconds,
      comparedUsers: ranker.compared,
      torchBlocks: torch?.blocks,
    })),
    versions: {
      node: measured[0]?.ranker.node,
      torch: measured.find(({ torch }) => torch !== undefined)?.torch?.versions,
    },
    hardware: hardware(),
  };
}

process.exitCode = await runProgram({ usage: USAGE, parse: parseOptions, run }, process.argv.slice(2));
