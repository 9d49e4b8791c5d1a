import { join } from 'node:path';
import { benchmarksFolder } from './benchmarks-folder.ts';
import { NETWORK, type TorchEngine, TRAINING } from './cells.ts';
import { ChildError, runChild } from './child-process.ts';
import type { RunRequest } from './measurement.ts';

const IMPORT_TIMEOUT_MS = 120_000;

/** The first Python that can import torch, or why there is none. */
export async function findTorch(python: string | undefined): Promise<{ python?: string; note?: string }> {
  const candidates = python === undefined ? ['/usr/bin/python3', 'python3'] : [python];
  for (const candidate of candidates) {
    try {
      await runChild(candidate, ['-c', 'import torch'], { timeoutMs: IMPORT_TIMEOUT_MS });
      return { python: candidate };
    } catch (error) {
      if (!(error instanceof ChildError)) throw error;
    }
  }
  return {
    note:
      `PyTorch is left out: no torch in ${candidates.join(' or ')} ` +
      '(on Debian: apt-get install python3-torch libopenblas0-pthread; or --python PATH)',
  };
}

/** The command line of the PyTorch program. */
export function torchArguments(engine: TorchEngine, request: RunRequest): string[] {
  return [
    join(benchmarksFolder(), 'peers', 'torch_ncf.py'),
    ...['--data', request.data, '--batch', `${request.batch}`, '--threads', `${request.threads}`],
    ...['--optimizer', engine === 'torch-sparse' ? 'sparse' : 'dense'],
    ...['--seconds', `${request.seconds}`, '--warm-seconds', `${request.warm}`],
    ...['--epochs', `${request.epochs}`, '--seed', `${request.seed}`],
    ...['--factors', `${NETWORK.factors}`, '--layers', NETWORK.layers.join(',')],
    ...['--learning-rate', `${TRAINING.learningRate}`, '--init-sigma', `${TRAINING.initSigma}`],
    ...['--negatives', `${TRAINING.negatives}`],
  ];
}
