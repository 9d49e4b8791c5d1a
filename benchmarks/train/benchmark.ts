import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cell,
  cellGroups,
  cellName,
  type Engine,
  QUALITY_BATCH,
  QUALITY_SHAPE,
  threadsOf,
  VOCABULARIES,
  type Vocabulary,
} from './cells.ts';
import { ChildError } from './child-process.ts';
import { qualitySchema, type SpeedRun, speedSchema } from './measurement.ts';
import type { Peaks } from './native-programs.ts';
import type { TrainOptions } from './options.ts';
import { findPrograms, type Programs } from './programs.ts';
import { type CellResult, cellResult, type QualityResult, qualityResult } from './results.ts';
import { syntheticData } from './synthetic-data.ts';
import { writeTrainingSet } from './training-set-file.ts';

export interface TrainResult {
  readonly cells: readonly CellResult[];
  readonly quality: readonly QualityResult[];
  readonly peaks: Peaks;
  readonly compiler: string;
  /** What was left out, and why. */
  readonly notes: readonly string[];
  /** Runs that did not end well. */
  readonly failures: readonly string[];
}

export interface BenchmarkWork {
  readonly options: TrainOptions;
  readonly say: (line: string) => void;
}

/** Measures everything, in a temporary folder that is gone afterwards. */
export async function runBenchmark(work: BenchmarkWork): Promise<TrainResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-train-'));
  try {
    return await new Benchmark(work, await findPrograms(work.options, folder), folder).run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Benchmark {
  readonly #work: BenchmarkWork;
  readonly #programs: Programs;
  readonly #folder: string;
  readonly #failures: string[] = [];

  constructor(work: BenchmarkWork, programs: Programs, folder: string) {
    this.#work = work;
    this.#programs = programs;
    this.#folder = folder;
  }

  async run(): Promise<TrainResult> {
    const { native, notes } = this.#programs;
    for (const note of notes) this.#work.say(`note: ${note}`);
    // The comparison of learning comes first: without it the speeds mean nothing.
    const quality = await this.#measureQuality();
    const cells = await this.#measureSpeed();
    return {
      cells,
      quality,
      peaks: native.peaks,
      compiler: native.compiler,
      notes,
      failures: this.#failures,
    };
  }

  async #measureSpeed(): Promise<CellResult[]> {
    const results: CellResult[] = [];
    let written: Vocabulary | undefined;
    for (const group of cellGroups(this.#programs.engines, this.#work.options)) {
      const { vocabulary } = group[0]!;
      if (vocabulary !== written) {
        await writeTrainingSet(this.#dataPath(), syntheticData(VOCABULARIES[vocabulary]));
        written = vocabulary;
      }
      results.push(...(await this.#measureGroup(group)));
    }
    return results;
  }

  /** Round after round, the cells take turns: what else the machine does meets all of them. */
  async #measureGroup(group: readonly Cell[]): Promise<CellResult[]> {
    const runs = new Map<Cell, SpeedRun[]>(group.map((cell) => [cell, []]));
    for (let round = 0; round < this.#work.options.rounds; round++) {
      for (const [cell, done] of runs) {
        const run = await this.#attempt(cellName(cell), async () =>
          speedSchema.parse(await this.#programs.run(cell.engine, this.#request(cell))),
        );
        if (run === undefined) continue;
        done.push(run);
        const rate = Math.round(run.samplesPerSecond / 1000);
        this.#work.say(`${cellName(cell)}  round ${round + 1}  ${rate}k samples/s`);
      }
    }
    const { peaks } = this.#programs.native;
    return [...runs].flatMap(([cell, done]) => (done.length === 0 ? [] : [cellResult(cell, done, peaks)]));
  }

  #request({ batch, threads }: Cell) {
    const { warm, seconds } = this.#work.options;
    return { data: this.#dataPath(), batch, threads, warm, seconds, epochs: 0, seed: QUALITY_SHAPE.seed };
  }

  async #measureQuality(): Promise<QualityResult[]> {
    if (this.#work.options.qualityEpochs === 0) return [];
    await writeTrainingSet(this.#dataPath(), syntheticData(QUALITY_SHAPE));
    const results: QualityResult[] = [];
    for (const engine of this.#programs.engines) {
      for (const threads of threadsOf(engine)) {
        // PyTorch's sums hardly depend on threads; ours are another order of the same samples, which is to be seen.
        if (threads > 1 && engine.startsWith('torch')) continue;
        const result = await this.#attempt(`${engine}/quality/t${threads}`, () =>
          this.#learn(engine, threads),
        );
        if (result !== undefined) results.push(result);
      }
    }
    return results;
  }

  async #learn(engine: Engine, threads: number): Promise<QualityResult> {
    const { qualityEpochs: epochs, qualitySeeds: seeds } = this.#work.options;
    const request = { data: this.#dataPath(), batch: QUALITY_BATCH, threads, warm: 0, seconds: 0, epochs };
    const runs = [];
    for (const seed of seeds) {
      runs.push(qualitySchema.parse(await this.#programs.run(engine, { ...request, seed })));
    }
    const result = qualityResult(engine, threads, seeds, runs);
    this.#work.say(`${engine}/quality/t${threads}  HR@10 ${result.hr10.median.toFixed(3)}`);
    return result;
  }

  /** A run that fails is reported and left out: hours of others are not lost with it. */
  async #attempt<T>(name: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ChildError)) throw error;
      this.#failures.push(`${name}: ${error.message}`);
      this.#work.say(`${name}  FAILED: ${error.message}`);
      return undefined;
    }
  }

  #dataPath(): string {
    return join(this.#folder, 'training-set.bin');
  }
}
