import { arch, cpus, platform, totalmem } from 'node:os';

/** What the figures of a report were measured on. */
export function hardware() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    platform: `${platform()} ${arch()}`,
  };
}
