import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runConfigSchema } from '@sommelier/contracts';
import { runTrainingThread, type ThreadReport } from './thread-handle.ts';
import type { TrainingOrder } from './thread-messages.ts';

const order: TrainingOrder = {
  runId: 'r1',
  scope: 'r1.1',
  request: runConfigSchema.parse({}),
  engine: 'auto',
  engineThreads: undefined,
  databaseUrl: 'file:none.db',
  artifactDir: 'none',
  logLevel: 'silent',
  prepared: undefined,
  incumbent: undefined,
  attempt: 1,
  codeRevision: 'test',
  checkpointMs: 0,
  warmStart: undefined,
  engineBuild: undefined,
  isRepetition: false,
};
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sommelier-thread-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A thread that behaves in a way that the real one must never, or only when it fails. */
async function thread(body: string): Promise<URL> {
  const path = join(folder, `thread-${files++}.mjs`);
  await writeFile(path, `import { parentPort, workerData } from 'node:worker_threads';\n${body}`);
  return pathToFileURL(path);
}

async function run(
  body: string,
  options: { signal?: AbortSignal; heapMb?: number; reports?: ThreadReport[] } = {},
) {
  const { signal = new AbortController().signal, heapMb = 256, reports = [] } = options;
  return runTrainingThread({
    order,
    onReport: (report) => void reports.push(report),
    signal,
    heapMb,
    file: await thread(body),
  });
}

describe('runTrainingThread', () => {
  test('hands on reports in order and resolves with the model', async () => {
    const reports: ThreadReport[] = [];
    const model = await run(
      `parentPort.postMessage({ type: 'log', line: 'for ' + workerData.runId });
       parentPort.postMessage({ type: 'log', line: 'second' });
       parentPort.postMessage({ type: 'trained', model: { trainedUntilMs: 7 } });
       setInterval(() => {}, 1000);`,
      { reports },
    );
    expect(model.trainedUntilMs).toBe(7);
    expect(reports).toEqual([
      { type: 'log', line: 'for r1' },
      { type: 'log', line: 'second' },
    ]);
  });

  test('an error keeps its code across the thread', async () => {
    const failing = run(
      `parentPort.postMessage({ type: 'failed', error: { code: 'no-events', message: 'There are none.' } });`,
    );
    await expect(failing).rejects.toMatchObject({ code: 'no-events', message: 'There are none.' });
  });

  test('a thread that leaves without a word is a readable failure', async () => {
    await expect(run('process.exit(3);')).rejects.toMatchObject({
      code: 'internal',
      message: 'The training thread ended by itself, with exit code 3.',
    });
  });

  test('a thread that throws is a readable failure', async () => {
    await expect(run(`throw new TypeError('oh no');`)).rejects.toMatchObject({
      code: 'internal',
      message: 'The training thread died: oh no',
    });
  });

  test('a thread that runs out of memory says so, and is not worth another attempt', async () => {
    const greedy = run('const all = []; for (;;) all.push({ a: [all.length] });', { heapMb: 16 });
    await expect(greedy).rejects.toMatchObject({ code: 'training-memory' });
    await expect(greedy).rejects.toThrow('16 MiB');
  });

  test('a signal ends a thread in the middle of a computation', async () => {
    const controller = new AbortController();
    const endless = run(`parentPort.postMessage({ type: 'log', line: 'on' }); for (;;) {}`, {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort('shutdown'), 300);
    await expect(endless).rejects.toBe('shutdown');
  });

  test('a signal that came before the start is obeyed', async () => {
    await expect(run('', { signal: AbortSignal.abort('shutdown') })).rejects.toBe('shutdown');
  });
});
