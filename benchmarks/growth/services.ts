import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from './repository.ts';

/** A server of this repository's own scripts, which ends with this process. */
export interface Service {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export type StartService = (place?: { folder: string; port?: number }) => Promise<Service>;

interface Scripts {
  readonly startRedis: StartService;
  readonly startMysql: StartService;
  /** Ports of the loopback interface that nothing listens on, all different. */
  readonly freePorts: (count: number) => Promise<number[]>;
}

export const { startRedis, startMysql, freePorts } = (await import(
  pathToFileURL(join(REPOSITORY, 'scripts', 'services.mjs')).href
)) as Scripts;
