import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Environment variables that name drivers directly; the loader then searches where they say. */
const NAMING = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'];

/** Folders that hold shared data or configuration unless the environment says otherwise, and where NixOS has drivers. */
const DEFAULTS = [
  '/usr/local/share',
  '/usr/share',
  '/etc/xdg',
  '/usr/local/etc',
  '/etc',
  '/run/opengl-driver/share',
];

/**
 * Whether a Vulkan driver is registered on this Linux machine, in the places that Vulkan's loader searches. Dawn
 * without any prints an error to the terminal that nothing can hold back, so `auto` does not ask it then.
 */
export function hasVulkanDriver(environment: NodeJS.ProcessEnv = process.env): boolean {
  if (NAMING.some((name) => environment[name])) return true;
  const { XDG_DATA_DIRS, XDG_CONFIG_DIRS, XDG_DATA_HOME, XDG_CONFIG_HOME } = environment;
  const home = homedir();
  const roots = [
    ...DEFAULTS,
    ...(XDG_DATA_DIRS ?? '').split(':'),
    ...(XDG_CONFIG_DIRS ?? '').split(':'),
    XDG_DATA_HOME ?? join(home, '.local/share'),
    XDG_CONFIG_HOME ?? join(home, '.config'),
  ];
  return roots.filter((root) => root !== '').some((root) => holdsDrivers(join(root, 'vulkan', 'icd.d')));
}

function holdsDrivers(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith('.json'));
  } catch {
    // Most of the places do not exist on any one machine.
    return false;
  }
}
