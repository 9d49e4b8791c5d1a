import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type GpuOptions, ITEMS, USERS } from './options.ts';

const execute = promisify(execFile);
const IMPORT_TIMEOUT_MS = 120_000;
const LONGEST_RUN_MS = 600_000;

/** Fails with a reason on its last line when torch cannot be imported or sees no card. */
const CHECK =
  'import torch; assert torch.cuda.is_available(), "torch sees no CUDA device"; print(torch.__version__)';

const resultSchema = z.object({
  samplesPerSecond: z.number().positive(),
  versions: z.object({ torch: z.string(), device: z.string() }),
});
export type TorchFigure = z.infer<typeof resultSchema>;

/** Why PyTorch cannot be measured here, or undefined when it can. */
export async function torchProblem({ torch, python, layers }: GpuOptions): Promise<string | undefined> {
  if (!torch) return '--no-torch';
  if (layers.length === 0) return 'the PyTorch program has no network without a tower';
  if (!existsSync(scriptPath())) return `${scriptPath()} is missing`;
  try {
    await execute(python, ['-c', CHECK], { timeout: IMPORT_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return (stderr?.trim() || message).split('\n').at(-1);
  }
}

/** The step of PyTorch's NeuMF on the card, its batches drawn beforehand. */
export async function measureTorch(
  options: GpuOptions,
  batchSize: number,
  optimizer: 'dense' | 'sparse',
): Promise<TorchFigure> {
  const { stdout } = await execute(
    options.python,
    [scriptPath(), ...torchArguments(options, batchSize, optimizer)],
    {
      timeout: LONGEST_RUN_MS + 1000 * options.seconds,
    },
  );
  return resultSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null'));
}

/** The command line of the PyTorch program. */
export function torchArguments(
  { factors, layers, seconds }: Pick<GpuOptions, 'factors' | 'layers' | 'seconds'>,
  batchSize: number,
  optimizer: 'dense' | 'sparse',
): string[] {
  return [
    ...['--device', 'cuda', '--users', `${USERS}`, '--items', `${ITEMS}`, '--batch', `${batchSize}`],
    ...['--optimizer', optimizer, '--factors', `${factors}`, '--layers', layers.join(',')],
    ...['--seconds', `${seconds}`],
  ];
}

/** In the folder of the sources, also when this runs from what was built of them. */
function scriptPath(): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  const beside = join(folder, '..', 'peers', 'torch_ncf.py');
  return existsSync(beside) ? beside : join(folder, '..', '..', 'peers', 'torch_ncf.py');
}
