import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const SCRIPT = fileURLToPath(new URL('backend-parity.mjs', import.meta.url));
const TIMEOUT_MS = 480_000;

const reportSchema = z.object({
  /** Why the backend was chosen: names the adapter. */
  reason: z.string(),
  /** What `auto` picks on this machine. */
  auto: z.string(),
  /** Gradients, scores and one step against the wasm backend, with tables on the host and on the device. */
  differences: z.array(z.object({ name: z.string(), difference: z.number() })),
  /** What ten optimiser steps made of each network, tables on the device. */
  trained: z.array(
    z.object({
      model: z.object({ factors: z.number(), layers: z.array(z.number()) }),
      steps: z.number(),
      /** Tensors read back in an epoch, the parameters at its end included. */
      readings: z.number(),
      leakedTensors: z.number(),
      /** Against float64; `moved`: how far the parameters went. All relative to the tensor's largest number. */
      differences: z.array(z.object({ name: z.string(), difference: z.number(), moved: z.number() })),
    }),
  ),
  /** Bytes of GPU buffers after each of five epochs; 0 where the backend does not say. */
  bufferBytes: z.array(z.number()),
  /** What an epoch said during which a WebGPU device refused a command. */
  refusal: z.string().optional(),
  /** Whether tables were updated by a shader that writes into them. */
  updatesInPlace: z.boolean(),
});
export type ParityReport = z.infer<typeof reportSchema>;

/**
 * Compares a backend with wasm in a process of its own and waits until that process has ended by itself.
 * @throws with its output when it fails or does not end.
 */
export async function compareWithWasm(
  backend: 'webgpu' | 'tensorflow',
  environment: Readonly<Record<string, string>> = {},
): Promise<ParityReport> {
  const child = spawn(process.execPath, [SCRIPT, backend], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const ended = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve(code === null ? `was killed by ${signal}` : `exit code ${code}`),
    );
  });
  if (ended !== 'exit code 0')
    throw new Error(`Comparing ${backend} with wasm: ${ended}\n${output}${complaints}`);
  const line = output.split('\n').findLast((text) => text.startsWith('{'));
  return reportSchema.parse(JSON.parse(line ?? 'null'));
}
