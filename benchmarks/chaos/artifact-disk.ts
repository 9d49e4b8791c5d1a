import { execFile } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ChildProcess, startChild } from '../growth/child-process.ts';
import type { SupervisedProcess } from './supervised-process.ts';

const run = promisify(execFile);

/** Room for the versions that retention keeps, and for some that a crash has left. */
const SIZE_BYTES = 67_108_864;
const FILLER = '.filler';
const PIECE = new Uint8Array(65_536);

/** Mounts a small file system for as long as it is not asked to end. */
const MOUNTED = `mount -t tmpfs -o size=${SIZE_BYTES} tmpfs "$1" || exit 1
trap 'umount -l "$1"; kill $!; exit 0' TERM
echo mounted
sleep 2147483647 &
wait`;

/**
 * The folder of the artifact store, which can be made full: a small file system where this process may mount one, else
 * a limit on the size of the files that workers write, which fails their writes as a full disk does.
 */
export class ArtifactDisk {
  readonly folder: string;
  readonly #mount: ChildProcess | undefined;

  private constructor(folder: string, mount: ChildProcess | undefined) {
    this.folder = folder;
    this.#mount = mount;
  }

  static async create(folder: string): Promise<ArtifactDisk> {
    await mkdir(folder);
    let isMounted = (): void => {};
    const mounted = new Promise<true>((resolve) => {
      isMounted = () => resolve(true);
    });
    const mount = startChild({
      command: 'sh',
      args: ['-c', MOUNTED, 'mount', folder],
      plain: true,
      onLine: (line) => line === 'mounted' && isMounted(),
    });
    const works = await Promise.race([mounted, mount.ended]);
    return new ArtifactDisk(folder, works === true ? mount : undefined);
  }

  /** How it is made full. */
  get means(): string {
    return this.#mount === undefined ? 'RLIMIT_FSIZE of the workers' : 'a full tmpfs';
  }

  /** Leaves so many bytes for what workers write, to a page. */
  async fill(freeBytes: number, workers: readonly SupervisedProcess[]): Promise<void> {
    if (this.#mount === undefined) return limitFiles(workers, String(freeBytes));
    const { bavail, bsize } = await statfs(this.folder);
    const fillerBytes = Math.max(0, bavail * bsize - freeBytes);
    const pieces = Array.from({ length: Math.floor(fillerBytes / PIECE.length) }, () => PIECE);
    await writeFile(join(this.folder, FILLER), [...pieces, PIECE.subarray(0, fillerBytes % PIECE.length)]);
  }

  async free(workers: readonly SupervisedProcess[]): Promise<void> {
    if (this.#mount === undefined) return limitFiles(workers, 'unlimited');
    await rm(join(this.folder, FILLER), { force: true });
  }

  async close(): Promise<void> {
    await this.#mount?.stop();
  }
}

/** Of running processes, the limit that they may raise again themselves. */
async function limitFiles(workers: readonly SupervisedProcess[], softLimit: string): Promise<void> {
  for (const { pid } of workers) {
    if (pid !== undefined) await run('prlimit', ['--pid', String(pid), `--fsize=${softLimit}:unlimited`]);
  }
}
