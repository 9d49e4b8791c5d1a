import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const SCRIPT = fileURLToPath(new URL('backend-parity.mjs', import.meta.url));
const TIMEOUT_MS = 240_000;

const reportSchema = z.object({
  /** Why the backend was chosen: names the adapter. */
  reason: z.string(),
  /** What `auto` picks on this machine. */
  auto: z.string(),
  differences: z.array(z.object({ name: z.string(), difference: z.number() })),
});
export type ParityReport = z.infer<typeof reportSchema>;

/** Largest relative difference that float32 sums in another order explain. */
export const PARITY_TOLERANCE = 1e-5;

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
