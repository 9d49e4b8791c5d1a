import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

const BENCHMARK = fileURLToPath(new URL('../../benchmarks/dist/gpu/main.js', import.meta.url));
const BATCH_SIZES = [4_096, 16_384, 65_536, 262_144];

const figuresSchema = z.object({
  results: z.array(
    z.object({
      ours: z.object({
        batchSize: z.number(),
        samplesPerSecond: z.number().positive(),
        loss: z.number().positive().max(1),
      }),
    }),
  ),
});

/** Runs the benchmark of one backend on a real GPU; its table goes to the terminal. */
async function measure(engine: 'tensorflow' | 'webgpu'): Promise<z.infer<typeof figuresSchema>> {
  const folder = await mkdtemp(join(tmpdir(), 'sommelier-gpu-'));
  try {
    const json = join(folder, 'gpu.json');
    const child = spawn(
      process.execPath,
      [BENCHMARK, '--engine', engine, '--json', json, '--no-torch', '--seconds', '3'],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: 500_000, killSignal: 'SIGKILL' },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    process.stderr.write(`${output}\n`);
    if (code !== 0) throw new Error(output);
    return figuresSchema.parse(JSON.parse(await readFile(json, 'utf8')));
  } finally {
    await rm(folder, { recursive: true });
  }
}

// As the parity tests do, these fail without a GPU and say what is missing.
describe('samples a second on a real GPU', () => {
  test.each(['tensorflow', 'webgpu'] as const)(
    '%s, by batch size',
    async (engine) => {
      const { results } = await measure(engine);
      expect(results.map(({ ours }) => ours.batchSize)).toEqual(BATCH_SIZES);
    },
    600_000,
  );
});
