import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Engine, OWN_ENGINES, type OwnEngine, TORCH_ENGINES, TRAINING } from './cells.ts';
import { ChildError, lastJsonLine, runChild } from './child-process.ts';
import type { RunRequest } from './measurement.ts';
import { compileNativePrograms, type NativePrograms } from './native-programs.ts';
import type { TrainOptions } from './options.ts';
import { findTorch, torchArguments } from './torch-program.ts';

/** The first Node.js whose V8 has relaxed SIMD by default. */
const RELAXED_SIMD_NODE = 22;
/** Beyond the time that a run was asked to take: setting up a table of a million rows, and a slow last batch. */
const SLACK_MS = 600_000;
const VERSION_TIMEOUT_MS = 30_000;

/** The engines that can run here, and how. */
export interface Programs {
  readonly engines: readonly Engine[];
  readonly native: NativePrograms;
  readonly notes: readonly string[];
  /** Runs one in its own process and returns the JSON that it prints. */
  readonly run: (engine: Engine, request: RunRequest) => Promise<unknown>;
}

/** Looks for the peers and compiles the C programs into `folder`. */
export async function findPrograms(options: TrainOptions, folder: string): Promise<Programs> {
  const native = await compileNativePrograms(folder);
  const torch = await findTorch(options.python);
  const relaxed = await relaxedNode(options.node);
  const notes = [
    ...native.notes,
    ...(torch.note ? [torch.note] : []),
    ...(relaxed.note ? [relaxed.note] : []),
  ];
  const commandOf = (engine: Engine, request: RunRequest): [string, string[]] => {
    const program = native.steps.get(engine as never);
    if (program !== undefined) return [program, nativeArguments(request)];
    if (engine === 'torch-dense' || engine === 'torch-sparse') {
      return [torch.python ?? 'python3', torchArguments(engine, request)];
    }
    return [
      engine === 'wasm-relaxed' ? (relaxed.node ?? process.execPath) : process.execPath,
      [engineProcess(), JSON.stringify({ ...request, engine: engine as OwnEngine })],
    ];
  };
  return {
    engines: [
      ...OWN_ENGINES.filter((engine) => engine !== 'wasm-relaxed' || relaxed.node !== undefined),
      ...(torch.python === undefined ? [] : TORCH_ENGINES),
      ...native.steps.keys(),
    ],
    native,
    notes,
    run: async (engine, request) => {
      const [command, args] = commandOf(engine, request);
      const timeoutMs = 1000 * (request.warm + request.seconds) + SLACK_MS * Math.max(1, request.epochs);
      return lastJsonLine(await runChild(command, args, { timeoutMs }));
    },
  };
}

function nativeArguments({ data, batch, warm, seconds, epochs, seed }: RunRequest): string[] {
  const { learningRate, initSigma } = TRAINING;
  return [data, ...[batch, warm, seconds, epochs, seed, learningRate, initSigma].map(String)];
}

function engineProcess(): string {
  return join(dirname(fileURLToPath(import.meta.url)), 'engine-process.js');
}

/** A Node.js with relaxed SIMD: the given one, or this one where it is new enough. */
async function relaxedNode(given: string | undefined): Promise<{ node?: string; note?: string }> {
  const node = given ?? process.execPath;
  try {
    const version = (await runChild(node, ['--version'], { timeoutMs: VERSION_TIMEOUT_MS })).trim();
    if (Number(/^v(\d+)\./.exec(version)?.[1]) >= RELAXED_SIMD_NODE) return { node };
    return {
      note: `wasm-relaxed is left out: ${node} is ${version}, relaxed SIMD needs ${RELAXED_SIMD_NODE} (--node PATH)`,
    };
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    return { note: `wasm-relaxed is left out: ${error.message.split('\n')[0]}` };
  }
}
