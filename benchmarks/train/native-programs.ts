import { join } from 'node:path';
import { z } from 'zod';
import { benchmarksFolder } from './benchmarks-folder.ts';
import type { NativeEngine } from './cells.ts';
import { ChildError, lastJsonLine, runChild } from './child-process.ts';

const COMPILE_TIMEOUT_MS = 120_000;
const PEAK_TIMEOUT_MS = 120_000;

const FLAGS: Record<NativeEngine, readonly string[]> = {
  'c-128': ['-DLANES=4', '-mavx'],
  'c-128-fused': ['-DLANES=4', '-DFUSED', '-mavx', '-mfma'],
  'c-avx512': ['-DLANES=16', '-march=native'],
};

/** Floating-point operations a second that one core reaches on registers alone. */
export type Peaks = Partial<Record<NativeEngine, number>>;

export interface NativePrograms {
  /** Of each engine that this processor can run. */
  readonly steps: ReadonlyMap<NativeEngine, string>;
  readonly peaks: Peaks;
  readonly compiler: string;
  /** Why engines are missing. */
  readonly notes: readonly string[];
}

const peakSchema = z.object({ flopsPerSecond: z.number().positive() });

/** Compiles the kernels in C into a folder and measures the peak rates. Without gcc there is nothing, and a note. */
export async function compileNativePrograms(folder: string): Promise<NativePrograms> {
  const steps = new Map<NativeEngine, string>();
  const peaks: Peaks = {};
  const notes: string[] = [];
  const compiler = await gccVersion();
  if (compiler === undefined) {
    notes.push('gcc was not found: the same kernel in C and the peak rates are left out');
    return { steps, peaks, compiler: 'none', notes };
  }
  for (const engine of Object.keys(FLAGS) as NativeEngine[]) {
    try {
      peaks[engine] = await measurePeak(await compile('peak_flops', engine, folder));
      steps.set(engine, await compile('fused_step', engine, folder));
    } catch (error) {
      if (!(error instanceof ChildError)) throw error;
      // An instruction that the processor lacks ends the program, and flags that the compiler lacks end that.
      notes.push(`${engine} is left out: ${error.message.split('\n').slice(0, 2).join(' ')}`);
    }
  }
  return { steps, peaks, compiler, notes };
}

async function gccVersion(): Promise<string | undefined> {
  try {
    const output = await runChild('gcc', ['--version'], { timeoutMs: COMPILE_TIMEOUT_MS });
    return output.split('\n')[0];
  } catch (error) {
    if (error instanceof ChildError) return undefined;
    throw error;
  }
}

async function compile(program: string, engine: NativeEngine, folder: string): Promise<string> {
  const output = join(folder, `${program}-${engine}`);
  const source = join(benchmarksFolder(), 'yardstick', `${program}.c`);
  // Multiplications and additions stay apart where the instruction set of the kernel has them apart.
  const flags = ['-O3', '-std=gnu11', '-ffp-contract=off', ...FLAGS[engine]];
  await runChild('gcc', [...flags, source, '-o', output, '-lm'], { timeoutMs: COMPILE_TIMEOUT_MS });
  return output;
}

async function measurePeak(program: string): Promise<number> {
  const output = await runChild(program, [], { timeoutMs: PEAK_TIMEOUT_MS });
  return peakSchema.parse(lastJsonLine(output)).flopsPerSecond;
}
