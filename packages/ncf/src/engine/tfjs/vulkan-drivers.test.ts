import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { hasVulkanDriver } from './vulkan-drivers.ts';

test('a driver is found by variable and in the folders that the environment names', async () => {
  expect(hasVulkanDriver({ VK_ICD_FILENAMES: '/x/y.json' })).toBe(true);
  const folder = await mkdtemp(join(tmpdir(), 'vulkan-'));
  try {
    const registered = join(folder, 'vulkan', 'icd.d');
    await mkdir(registered, { recursive: true });
    await writeFile(join(registered, 'driver.json'), '{}');
    expect(hasVulkanDriver({ XDG_DATA_DIRS: `/nowhere:${folder}` })).toBe(true);
    expect(hasVulkanDriver({ XDG_CONFIG_HOME: folder })).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
