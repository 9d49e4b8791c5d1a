import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { orphans, temporaryFiles } from './leftovers.ts';

it('finds temporary files at every depth, and no others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-leftovers-'));
  try {
    await mkdir(join(folder, 'models', 'v1'), { recursive: true });
    await writeFile(join(folder, 'models', 'v1', 'model.safetensors'), '');
    await writeFile(join(folder, 'models', 'v1', '.put.x.tmp'), '');
    expect(await temporaryFiles([folder])).toEqual([join(folder, 'models', 'v1', '.put.x.tmp')]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('finds a process by its mark, unless it is known', async () => {
  const mark = `chaos-test-${process.pid}`;
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: { MARK: mark } });
  try {
    await new Promise((resolve) => child.once('spawn', resolve));
    expect(orphans(mark, new Set())).toEqual([expect.stringContaining(`process ${child.pid}: `)]);
    expect(orphans(mark, new Set([child.pid ?? 0]))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});
