import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keepWorkingFolder, makeWorkingFolder, removeWorkingFolder } from './working-folder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'sommelier-test-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe("a demo's working folder", () => {
  it('is new each time, and gone once it is removed', async () => {
    const first = await makeWorkingFolder(parent);
    const second = await makeWorkingFolder(parent);
    expect(first).not.toBe(second);
    expect(existsSync(first)).toBe(true);
    await removeWorkingFolder(first);
    expect([existsSync(first), existsSync(second)]).toEqual([false, true]);
  });

  it('is removed by the next demo when its own was killed, unless it was to be kept', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const kept = await makeWorkingFolder(parent);
    await keepWorkingFolder(kept);
    const killed = join(parent, 'sommelier-demo-killed');
    mkdirSync(killed);
    writeFileSync(join(killed, 'owner.pid'), String(pid));
    const others = join(parent, 'sommelier-demo-others');
    mkdirSync(others);
    await makeWorkingFolder(parent);
    expect([existsSync(killed), existsSync(kept), existsSync(others)]).toEqual([false, true, true]);
  });
});
