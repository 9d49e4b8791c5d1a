import type { Manifest } from '@sommelier/contracts';
import type { FileContent } from './removal.ts';

/**
 * The manifest of the version that takes the place of one from whose file users were removed. Its name is the old one's
 * time and the new file's hash, so that whoever does the same again, after a crash or on another worker, makes the same
 * version. What was measured and how it was trained is the old version's.
 */
export function successorOf(manifest: Manifest, content: FileContent): Manifest {
  const [time] = manifest.version.split('-');
  const version = `${time}-${content.file.sha256.slice(0, 12)}`;
  return { ...manifest, ...content, version, successorOf: manifest.version };
}
